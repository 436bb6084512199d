"""Every page of the admin, read from the URL configuration, so that none is forgotten."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from playwright.sync_api import BrowserContext

from tests.routes import routes

NO_PAGES: Final = {
    "admin/autocomplete/": "choices of a field, as JSON",
    "admin/campaigns/campaign/choices/": "the same",
    "admin/campaigns/campaign/week/": "a week that was typed, as JSON",
    "admin/search/": "a part of a page",
    "admin/jsi18n/": "a script",
    "admin/logout/": "ends the session",
    "admin/{url}": "what is no page",
    "health/": "for programs",
}
OTHERS: Final = {
    "admin/{app_label}/": {"app_label": "brands"},
    "admin/brands/brand/{brand_id}/month/{month}/": {"month": f"{datetime.now(UTC):%Y-%m}"},
    "admin/reset/{uidb64}/{token}/": {"uidb64": "MQ", "token": "set-password"},
    "unsubscribe/{token}/": {},
}
"""Pages that are about no row, and what stands in their addresses."""
OWN_TESTS: Final = {"admin/spending/import/job/{job_id}/", "month/{token}/"}
"""Pages that a walk comes by, which looks at them itself."""

_ROW = re.compile(r"admin/(\w+)/(\w+)/\{(?:object_id|id)\}/")


def addresses(rows: Mapping[str, str]) -> Iterator[str]:
    """Yield the address of each page; `rows` holds the id of a row of each kind. Raises `KeyError` for a new kind."""
    for route in routes():
        if route in NO_PAGES or route in OWN_TESTS or route.startswith(("api", "static/")):
            continue
        if found := _ROW.match(route):
            yield re.sub(r"\{\w+\}", rows[f"{found[1]}.{found[2]}"], f"/{route}")
        elif "{" in route:
            named = {"brand_id": rows["brands.brand"], "token": rows["unsubscribe"]}
            yield "/" + route.format(**named | OTHERS[route])
        else:
            yield f"/{route}"


def is_shown(context: BrowserContext, address: str) -> bool:
    """Return whether a person is shown a page there: neither led elsewhere, nor refused, nor given a file."""
    answer = context.request.get(address, max_redirects=0)
    if answer.status in {302, 403, 405}:
        return False
    assert answer.status == 200, f"{address} answers {answer.status}"
    return answer.headers["content-type"].startswith("text/html")
