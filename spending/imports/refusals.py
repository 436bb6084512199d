"""The refusal of a file that cannot be read as a report."""

from collections.abc import Mapping, Sequence


class Unreadable(Exception):
    """The file cannot be read as a report; the message is one sentence.

    Where an option can help, `fields` names it: `cost`, `unit`. Then the message is unfinished: `with_hint` ends it
    with where that option is given.
    """

    def __init__(self, message: str, *fields: str) -> None:
        self.fields: Sequence[str] = [field for field in fields if field]
        super().__init__(message)

    def with_hint(self, hints: Mapping[str, str]) -> str:
        """Return the whole sentence, ended with where the missing options are given."""
        return f"{self} {' and '.join(hints[field] for field in self.fields)}." if self.fields else str(self)
