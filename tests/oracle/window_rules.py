"""The rules of dayparting windows."""

from collections.abc import Mapping
from datetime import time

from tests.oracle.deciding import Deciding, assign
from tests.oracle.facts import Campaign, Outcome, Window


class WindowRules(Deciding):
    """Operations on windows."""

    def add_window(
        self, campaign: Campaign, *, day: int, start: time, end: time, overnight: bool, active: bool = True
    ) -> Outcome:
        """Add a window."""
        window = Window(self.new_key("w"), campaign, day, start, _end(end, overnight), overnight, active)
        if campaign.gone or not self._fits(window):
            return Outcome(400, brands=[] if campaign.gone else [campaign.brand])
        with self.asking(campaign.brand) as asked:
            self.windows.append(window)
            asked.add(campaign)
        return Outcome(201, window.key, [campaign.brand], own_rows=False)

    def change_window(self, window: Window, values: Mapping[str, object]) -> Outcome:
        """Change a window; the half that is not sent stays as stored."""
        if window not in self.windows:
            return Outcome(404)
        wanted = Window(window.key, window.campaign, 0, time(), time(), ends_next_day=False)
        kept = ("day_of_week", "start", "end", "ends_next_day", "is_active")
        assign(wanted, {name: getattr(window, name) for name in kept} | dict(values))
        wanted.end = _end(wanted.end, wanted.ends_next_day)
        brand = window.campaign.brand
        if not self._fits(wanted, but=window):
            return Outcome(400, brands=[brand], own_rows=False)
        with self.asking(brand) as asked:
            if assign(window, {name: getattr(wanted, name) for name in kept}):
                asked.add(window.campaign)
        return Outcome(200, window.key, [brand], own_rows=False)

    def remove_window(self, window: Window) -> Outcome:
        """Delete a window."""
        if window not in self.windows:
            return Outcome(404)
        with self.asking(window.campaign.brand) as asked:
            self.windows.remove(window)
            asked.add(window.campaign)
        return Outcome(204, brands=[window.campaign.brand], own_rows=False)

    def _fits(self, window: Window, but: Window | None = None) -> bool:
        overnight, whole_rest = window.ends_next_day, window.end == time()
        if window.end > window.start if overnight else window.end <= window.start and not whole_rest:
            return False
        others = (other for other in self.windows_of(window.campaign) if other is not but)
        return all(other.seconds != window.seconds for other in others)


def _end(end: time, overnight: bool) -> time:
    return time() if end == time(23, 59, 59) and not overnight else end
