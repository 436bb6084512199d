"""Is every installed library complete? An installer that was killed leaves half of one behind.

    venv/bin/python -I scripts/installed.py [NAME…]

Ends with 1 and a sentence where a library's files are not those of its list, or a NAME is not installed at all. Needs
only the standard library: there may be nothing else.
"""

import base64
import csv
import hashlib
import re
import sys
import sysconfig
from collections.abc import Collection, Iterator
from pathlib import Path

_STEM = re.compile(r"(.+)-[^-]+\.dist-info")


def missing_or_broken(site: Path, needed: Collection[str] = ()) -> Iterator[str]:
    """Return the libraries that are incomplete, and those that are needed and missing."""
    found = sorted(site.glob("*.dist-info"))
    for folder in found:
        if fault := _fault(folder):
            yield f"{folder.name.removesuffix('.dist-info')}: {fault}"
    names = {match[1] for folder in found if (match := _STEM.fullmatch(folder.name))}
    yield from (f"{name}: not installed" for name in needed if name not in names)


def _fault(folder: Path) -> str:
    """Return what is wrong with a library; `None` where all its listed files are there."""
    try:
        with (folder / "RECORD").open(newline="", encoding="utf-8") as text:
            rows = [row for row in csv.reader(text) if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        return "no list of its files"
    # The installers add this line last of all; before it the list is the one that came with the library.
    if f"{folder.name}/INSTALLER" not in (row[0] for row in rows):
        return "its installation did not end"
    for row in rows:
        if not _is_whole(folder.parent, row):
            return f"{row[0]} is not as it was installed"
    return ""


def _is_whole(site: Path, row: list[str]) -> bool:
    if len(row) != 3:
        return False
    name, digest, _ = row
    if not digest:  # what Python compiles itself, and the list
        return True
    kind, _, expected = digest.partition("=")
    try:
        content = (site / name).read_bytes()
    except OSError:
        return False
    return base64.urlsafe_b64encode(hashlib.new(kind, content).digest()).rstrip(b"=").decode() == expected


def main(needed: Collection[str]) -> int:
    """Check the libraries; return the exit status."""
    for fault in missing_or_broken(Path(sysconfig.get_path("purelib")), needed):
        print(fault)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
