"""What gunicorn does in its master before it starts a worker: it asks whether the settings are safe, once."""

from budget_system.startup import exit_where_unsafe


def on_starting(_: object) -> None:
    """End with one sentence where the settings are unsafe; a worker would ask too, but gunicorn then adds its own."""
    exit_where_unsafe(1)
