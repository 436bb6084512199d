"""The documents of the repository, read as a newcomer reads them: pages, sections, links and examples."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (
        *sorted((ROOT / "docs").glob("*.md")),
        *(ROOT / f"{name}.md" for name in ("README", "PSEUDOCODE", "CHANGELOG")),
    )
}
"""The text of every page, by its path."""
README: Final = PAGES["README.md"]
API: Final = PAGES["docs/api.md"]
OPERATIONS: Final = PAGES["docs/operations.md"]
EVERYTHING: Final = "\n".join(PAGES.values())

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_REDIRECT = re.compile(r"\s>+ \S+")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str


def blocks(page: str | None = None) -> Iterator[Block]:
    """Yield the fenced blocks of a page, or of all."""
    for name, text in PAGES.items():
        if page in (None, name):
            yield from (Block(name, language, body) for language, body in _BLOCK.findall(text))


def commands(block: Block) -> Iterator[list[str]]:
    """Yield the simple commands of a shell block or a line of cron, as words, without comments and redirections."""
    unread = ""
    for line in block.text.replace("\\\n", " ").splitlines():
        unread += re.sub(r"^\S+ \* \* \* \*|^\d+ \d+ \* \* \*", "", line)
        try:
            words = shlex.split(_REDIRECT.sub("", unread), comments=True)
        except ValueError:  # a quotation that goes on in the next line
            unread += "\n"
            continue
        unread = ""
        yield from _split(words)


def _split(words: list[str]) -> Iterator[list[str]]:
    command: list[str] = []
    for word in [*words, "&&"]:
        if word not in ("&&", "|", ";"):
            command.append(word)
        elif command:
            yield command
            command = []


def headings(page: str, level: str = "#+") -> list[str]:
    """Return the headings of a page, in order."""
    return re.findall(rf"^{level} (.+)$", _BLOCK.sub("", PAGES[page]), re.MULTILINE)


def anchors(page: str) -> set[str]:
    """Return the anchors that GitHub gives the headings of a page."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings(page)}


def links(page: str) -> list[tuple[str, str]]:
    """Return the targets of a page's links that stay in the repository: path from the root, and anchor."""
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _BLOCK.sub("", PAGES[page])):
        if not target.startswith("http"):
            path, _, anchor = target.partition("#")
            place = (ROOT / page).parent / path if path else ROOT / page
            found.append((place.resolve().relative_to(ROOT).as_posix(), anchor))
    return found


def rows(page: str, header: str) -> list[list[str]]:
    """Return the cells of all tables whose header line begins with `header`; raises where there is none."""
    tables = PAGES[page].split(f"\n{header}")[1:]
    if not tables:
        raise AssertionError(f"{page} has no table “{header}”.")
    lines = [line for table in tables for line in table.partition("\n\n")[0].splitlines()[2:]]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@cache
def definitions(path: str) -> frozenset[str]:
    """Return the qualified names of a module's functions, classes and methods."""
    tree = ast.parse((ROOT / path).read_text())
    kinds = (ast.FunctionDef, ast.ClassDef)
    top = [node for node in tree.body if isinstance(node, kinds)]
    inside = {f"{one.name}.{node.name}" for one in top for node in one.body if isinstance(node, kinds)}
    return frozenset(inside | {node.name for node in top})


def explained_settings() -> set[str]:
    """Return the settings that env.example explains."""
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / "env.example").read_text(), re.MULTILINE))
