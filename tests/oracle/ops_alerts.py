"""Operations on the alerts of budgets: at which percents they are told, and of which nothing more is told."""

from random import Random

from tests.oracle.driver import Driver
from tests.oracle.facts import Outcome
from tests.oracle.operations import operation, pick, seldom
from tests.oracle.rows import Row


class AlertOperations(Driver):
    """What is changed of what people are told."""

    @operation(Driver.brands)
    def alert_thresholds(self, rng: Random) -> Outcome:
        """Choose other percents at which people are alerted, now and then what is no list of them."""
        brand = pick(rng, self.brands())
        if seldom(rng, 10):
            wrong: Row = {"alert_thresholds": pick(rng, ([0], [201], [50, 50], ["80"], "50", None))}
            return self.ask(Outcome(400), "PATCH", f"/api/brands/{self.ident(brand)}/", wrong)
        chosen = tuple(sorted(rng.sample((1, 25, 50, 75, 80, 90, 99, 100, 101, 150, 200), rng.randint(0, 4))))
        outcome = self.oracle.change_brand(brand, {"thresholds": chosen})
        return self.ask(outcome, "PATCH", f"/api/brands/{self.ident(brand)}/", {"alert_thresholds": list(chosen)})

    @operation(lambda self: bool(self.alerts.open))
    def mute_alert(self, rng: Random) -> Outcome:
        """Mute an open alert, or mute it again: it stays open. One that has ended is refused."""
        return self.mute(rng, "mute", muted=True)

    @operation(lambda self: bool(self.alerts.open))
    def unmute_alert(self, rng: Random) -> Outcome:
        """Unmute an open alert, mostly one that is muted. One that has ended is refused."""
        return self.mute(rng, "unmute", muted=False)

    def mute(self, rng: Random, order: str, *, muted: bool) -> Outcome:
        """Mute an alert, or unmute it."""
        of_budgets = "/api/alerts/?kind=budget.threshold&page_size=1000&state="
        if seldom(rng, 10) and (ended := self.system.send("GET", f"{of_budgets}resolved").rows):
            return self.ask(Outcome(409), "POST", f"/api/alerts/{pick(rng, ended)['id']}/{order}/", {})
        rows = self.system.send("GET", f"{of_budgets}open").rows
        if not rows:  # all are of a day that has ended, and their brands are gone
            return Outcome(200)
        row = pick(rng, [one for one in rows if one["muted_until_change"]] or rows if not muted else rows)
        self.alerts.mute(row, muted=muted)
        return self.ask(Outcome(200), "POST", f"/api/alerts/{row['id']}/{order}/", {})
