"""All that needs a person today, the worst first, without what this person has put away."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from budget_system.core.actors import BrandAccess
from spending.reports.clocks import Clock
from spending.reports.today.budgets import MostUsed, budget_matters
from spending.reports.today.deliveries import delivery_matters
from spending.reports.today.matter import MANY_CAMPAIGNS, SHOWN_OF_A_KIND, Found, Matter, MatterKind, MoreOf
from spending.reports.today.put_away import kinds_of
from spending.reports.today.quiet import quiet_matters
from spending.reports.today.system import system_matters


@dataclass(frozen=True, slots=True)
class Matters:
    """What needs a person: the lines shown, those put away, and of which kinds there are more."""

    shown: Sequence[Matter]
    put_away: Sequence[Matter]
    more: Collection[MoreOf]


def read_matters(
    clocks: Sequence[Clock],
    access: BrandAccess,
    user: AbstractBaseUser,
    *,
    put_away: Mapping[str, str],
    campaigns: int,
    page: tuple[int, int],
    now: datetime,
) -> tuple[Matters, MostUsed]:
    """Return what needs a person at `now` (UTC), and a page of brands by use.

    `campaigns` is how many the person sees.
    """
    numbers, many = kinds_of(put_away), campaigns > MANY_CAMPAIGNS
    found, used = budget_matters(clocks, access, put_away=numbers, page=page, many=many, now=now)
    found.add(quiet_matters(access, put_away=numbers, many=many, now=now))
    found.add(delivery_matters(access, put_away=numbers, now=now))
    found.add(system_matters(access, user, has_campaigns=campaigns > 0, now=now))
    return divide(found, put_away), used


def divide(found: Found, put_away: Mapping[str, str]) -> Matters:
    """Divide what was found into what is shown and what was put away and says the same still."""
    shown: list[Matter] = []
    hidden: list[Matter] = []
    more = set(found.more)
    numbers: Counter[MatterKind] = Counter()
    for matter in sorted(found.matters, key=lambda one: one.order):
        if put_away.get(matter.key) == matter.fingerprint:
            hidden.append(matter)
        elif numbers[matter.kind] < SHOWN_OF_A_KIND:
            numbers[matter.kind] += 1
            shown.append(matter)
        else:
            more.add(MoreOf(matter.kind, matter.campaign is not None))
    return Matters(shown, hidden, more)
