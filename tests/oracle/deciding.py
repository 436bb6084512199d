"""What all operations of the oracle share: changes taken as one, and the campaigns they decide at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

from tests.oracle.facts import Brand, Campaign
from tests.oracle.reading import Period, Reading


class Deciding(Reading):
    """The facts, and whose verdict was asked for.

    `must` holds the campaigns whose verdict was asked for since they were last compared; of all others a status that
    only the clock has outdated may still be shown.
    """

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        """Begin with nothing, at an instant."""
        super().__init__(now)
        self.must: set[Campaign] = set()
        self._count = 0
        self._depth = 0

    def new_key(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    @contextmanager
    def asking(self, *brands: Brand, by_report: bool = False) -> Iterator[set[Campaign]]:
        """Take the changes inside as one, and find the campaigns whose verdict they change.

        What the caller adds to the set is asked for even where its verdict stays. Blocks may be nested, as a bulk of
        rows does: what was cleared is settled once, at the end of the outermost. What is done `by_report` leaves no
        trace of its own on a campaign's sums.
        """
        before = {c: self.reasons(c) for brand in brands for c in self.living(brand)}
        stood = self._all_sums()
        asked: set[Campaign] = set()
        self._depth += 1
        yield asked
        self._depth -= 1
        self.must |= asked
        if not self._depth:
            self.settle()
            if not by_report:
                self.moved_by_people |= {campaign for _, (campaign, *_), _ in self._all_sums() ^ stood}
            after = {c: self.reasons(c) for brand in brands for c in self.living(brand)}
            self.must |= {c for c, reasons in after.items() if before.get(c) != reasons}
            self.must = {c for c in self.must if not c.gone}

    def _all_sums(self) -> set[tuple[str, Period, Decimal]]:
        ledger = (("held", key, amount) for key, amount in self.ledger().items())
        return {*ledger, *(("cleared", key, amount) for key, amount in self.cleared.items() if amount)}


def assign(target: object, values: Mapping[str, object]) -> set[str]:
    """Set what differs, and name it."""
    changed = {name for name, value in values.items() if getattr(target, name) != value}
    for name in changed:
        setattr(target, name, values[name])
    return changed
