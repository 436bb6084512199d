"""What every page must be: usable with a screen reader, legible in both modes, no wider than a phone, and where it is a
list, not wider than a small laptop.
"""

from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.walk import PHONE

SEVERE: Final = ("serious", "critical")
AXE: Final = Axe()
ALL_RULES: Final[dict[str, Any]] = {"resultTypes": ["violations"], "preload": False, "iframes": False}
COLOURS: Final[dict[str, Any]] = {**ALL_RULES, "runOnly": ["color-contrast"]}
"""What the mode changes."""
STILL: Final = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important; }");
    document.adoptedStyleSheets.push(sheet);
}"""
DARK: Final = """dark => {
    const root = document.documentElement;
    if (root.hasAttribute("x-data")) root.classList.toggle("dark", dark);
}"""
"""The admin reads what the browser prefers when it is loaded; other pages at any time."""
TOO_WIDE: Final = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll("body *")]
        .filter(one => one.getBoundingClientRect().right > width + 1)
        .slice(0, 3).map(one => one.outerHTML.slice(0, 120));
}"""


LAPTOP: Final = (1280, 900)
SIDEWAYS: Final = """() => [...document.querySelectorAll("#result_list")]
    .map(table => table.closest(".simplebar-content-wrapper") ?? table.parentElement)
    .filter(place => place.scrollWidth > place.clientWidth)
    .map(place => `${place.scrollWidth} in ${place.clientWidth} pixels`)"""
QUESTION_SIDEWAYS: Final = """() => [...document.querySelectorAll(".bs-question .bs-scroll")]
    .filter(place => place.scrollWidth > place.clientWidth)
    .map(place => `${place.scrollWidth} in ${place.clientWidth} pixels`)"""


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with the page that stands open, in light and in dark, wide and narrow."""
    page.evaluate(STILL)
    size = page.viewport_size
    faults = [f"light, {fault}" for fault in violations(page)]
    page.emulate_media(color_scheme="dark")
    page.evaluate(DARK, True)
    faults += [f"dark, {fault}" for fault in violations(page, COLOURS)]
    page.emulate_media(color_scheme="light")
    page.evaluate(DARK, False)
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    faults += [f"wider than a phone: {part}" for part in page.evaluate(TOO_WIDE)]
    faults += [f"what is asked scrolls sideways on a phone: {part}" for part in page.evaluate(QUESTION_SIDEWAYS)]
    faults += [f"narrow, {fault}" for fault in violations(page)]
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    faults += [f"a list scrolls sideways: {part}" for part in page.evaluate(SIDEWAYS)]
    if size is not None:
        page.set_viewport_size(size)
    return faults


def violations(page: Page, options: dict[str, Any] = ALL_RULES) -> list[str]:
    """Return the serious and critical findings of axe."""
    found = AXE.run(page, options=options).response["violations"]
    return [
        f"{one['impact']} {one['id']}, {len(one['nodes'])} times: {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in SEVERE
    ]
