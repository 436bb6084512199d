"""What pytest does besides: nothing that a test needs, for `manage.py test` knows nothing of it."""

import gc

gc.set_threshold(20_000)  # as manage.py does


def pytest_collection_finish() -> None:
    """Exclude all that is loaded from garbage collection, which would take about a tenth of the tests' time."""
    gc.freeze()
