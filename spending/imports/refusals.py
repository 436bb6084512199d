"""The refusal of a file that cannot be read as a report."""

from collections.abc import Mapping, Sequence


class Unreadable(Exception):
    """The file cannot be read as a report; the message is one sentence.

    Where a person can help by saying something, `fields` names what of the request: `cost`, `unit`. Then the sentence
    is open, for whoever shows it to end with the way in which it is said there.
    """

    def __init__(self, message: str, *fields: str) -> None:
        self.fields: Sequence[str] = [field for field in fields if field]
        super().__init__(message)

    def with_way(self, ways: Mapping[str, str]) -> str:
        """Return the whole sentence, with the way in which what is missing is said."""
        return f"{self} {' and '.join(ways[field] for field in self.fields)}." if self.fields else str(self)


class TooLong(Unreadable):
    """Somebody waits for the answer, and the report is too long for that: the worker takes it."""
