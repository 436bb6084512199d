"""Screenshots of the admin's pages for the documentation, made of the demo's data.

    python -m tests.browser.screenshots [--only NAME …]

writes `docs/screens/NAME.webp` (wide), `NAME-narrow.webp` (a phone) and `NAME-dark.webp` of each page: a system of its
own is started, the demo loaded, and each page opened in Chromium, which also encodes the pictures.
"""

import argparse
import base64
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page

from tests.browser.desk import Desk

FOLDER: Final = Path(__file__).resolve().parent.parent.parent / "docs" / "screens"
MOST_BYTES: Final = 1_500_000
QUALITY: Final = 0.5
KINDS: Final = {"": (1280, 900, False), "-narrow": (390, 844, False), "-dark": (1280, 900, True)}
ENCODE: Final = """async ([png, quality]) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""
LOGIN: Final = "/admin/login/"
BRAND, CAMPAIGN = "Alder & Finch Coffee", "Office coffee"
PEOPLE: Final = "from tests.browser.demo import prepare; prepare({folder!r})"


def main() -> int:
    """Make the screenshots; return the exit status."""
    parser = argparse.ArgumentParser(description="Makes docs/screens/.")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="pages whose name has this in it")
    only = parser.parse_args().only
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as last:
        desk = Desk(last, fill=PEOPLE)
        desk.chromium.resume()
        blank = desk.chromium.browser.new_page()
        for name, address, part in pages(desk.rows):
            if only and not any(one in name for one in only):
                continue
            for suffix, (width, height, dark) in KINDS.items():
                if part and dark:
                    continue  # as the page's own
                session = "" if address == LOGIN else desk.sessions["olivia"]  # who is logged in is led on to Today
                page = _open(desk.chromium.browser, desk.url, session, (width, height), dark=dark)
                page.goto(address)
                page.wait_for_load_state("networkidle")
                if part:
                    page.locator(part).first.evaluate("one => one.scrollIntoView({block: 'center'})")
                png = base64.b64encode(page.screenshot(animations="disabled")).decode()
                page.context.close()
                (FOLDER / f"{name}{suffix}.webp").write_bytes(base64.b64decode(blank.evaluate(ENCODE, [png, QUALITY])))
    size = sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    print(f"{len(list(FOLDER.glob('*.webp')))} pictures, {size:,} bytes")
    return int(size > MOST_BYTES)


def pages(rows: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield the name and the address of each page, and what of it is shown; nothing is from its top."""
    brand = f"/admin/brands/brand/{rows[BRAND]}"
    campaign = f"/admin/campaigns/campaign/{rows[CAMPAIGN]}"
    yield "today", "/admin/", ""
    yield "today-clients", "/admin/", "text=Spend of the last 30 days"
    yield "brands", "/admin/brands/brand/", ""
    yield "brand", f"{brand}/change/", ""
    yield "campaigns", "/admin/campaigns/campaign/", ""
    yield "campaign", f"{campaign}/change/", ""
    yield "week", f"{campaign}/change/", "#week-grid"
    yield "copy-hours", f"{campaign}/copy-hours/", ""
    yield "month", f"{brand}/month/", ""
    yield "spends", "/admin/spending/spend/", ""
    yield "import", "/admin/spending/import/import/", ""
    yield "hold", f"{brand}/hold/", ""
    yield "history", f"{brand}/history/", ""
    yield "login", LOGIN, ""


def _open(browser: Browser, url: str, session: str, size: tuple[int, int], *, dark: bool) -> Page:
    context = browser.new_context(
        base_url=url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    return context.new_page()


if __name__ == "__main__":
    sys.exit(main())
