"""What needs a person, as it is said: what it is, what to do, and the link that leads to doing it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from django.urls import reverse

from budget_system.admin.indicators import Colour
from budget_system.admin.row_urls import change_url
from budget_system.core.actors import BrandAccess
from budget_system.core.text import date_text
from spending.admin.today import budget_text, delivery_text, system_text
from spending.admin.today.line_text import LineText, date_of
from spending.reports.today.matter import Matter, MatterKind

PILLS: Final[Mapping[MatterKind, tuple[Colour, str]]] = {
    MatterKind.LATE_TICK: (Colour.RED, "not running"),
    MatterKind.DRIFT: (Colour.RED, "drift"),
    MatterKind.STOPPED_ACCOUNT: (Colour.RED, "account stopped"),
    MatterKind.STALE_ACCOUNT: (Colour.RED, "old costs"),
    MatterKind.CONTESTED: (Colour.RED, "yours to decide"),
    MatterKind.DELIVERY_DRIFT: (Colour.RED, "differs there"),
    MatterKind.USED_UP: (Colour.RED, "used up"),
    MatterKind.FAILED_IMPORT: (Colour.RED, "import failed"),
    MatterKind.RUNS_OUT: (Colour.AMBER, "runs out"),
    MatterKind.SILENT: (Colour.AMBER, "silent"),
    MatterKind.NO_ACTIVE_SCHEDULE: (Colour.AMBER, "no active schedule"),
    MatterKind.UNDER_PACE: (Colour.AMBER, "far under pace"),
    MatterKind.NOTHING_ALLOWED: (Colour.AMBER, "budget 0.00"),
    MatterKind.OLD_PAUSE: (Colour.GREY, "long paused"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the page."""

    colour: Colour
    word: str
    title: str
    under: str
    """Whose it is: the brand of a campaign."""
    url: str
    text: str
    to_do: str
    action: str
    action_url: str
    key: str
    fingerprint: str


def line_of(matter: Matter, *, access: BrandAccess, user: AbstractBaseUser, now: datetime) -> Line:
    """Return a matter as it is said to a person, with what that person can do."""
    brand = matter.brand
    may_write = access.administrator if brand is None else access.may_write(brand.pk)
    line = _TEXTS[matter.kind](matter, may_write, user, now)
    colour, word = PILLS[matter.kind]
    owner = matter.owner
    return Line(
        colour=colour,
        word=line.word or word,
        title=line.title or str(owner),
        under=str(brand) if matter.campaign is not None else "",
        url=change_url(owner) if owner is not None else "",
        text=line.text,
        to_do=line.to_do,
        action=line.action,
        action_url=line.url,
        key=matter.key,
        fingerprint=matter.fingerprint,
    )


def _no_schedule(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    return LineText(
        text="Paused: it has schedules, and none of them is active.",
        to_do="Switch a schedule on, or remove all of them to run at any hour.",
        action="Open its hours" if may_write else "Open",
        url=change_url(_owner(matter)),
    )


def _old_pause(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    assert matter.at is not None and matter.brand is not None
    days = (now - matter.at).days
    owner = _owner(matter)
    activate = reverse("admin:campaigns_campaign_activate_one", args=[owner.pk])
    return LineText(
        text=f"Paused by a person on {date_of(matter.at, matter.brand.timezone)}, {days} days ago; "
        "it had been spending until then.",
        to_do="Activate it, or delete it if it is over.",
        action="Activate…" if may_write else "Open",
        url=activate if may_write else change_url(owner),
    )


def _silent(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    assert matter.brand is not None and matter.day is not None
    spends = f"{reverse('admin:spending_spend_changelist')}?{urlencode({'campaign__id__exact': _owner(matter).pk})}"
    report = f"{reverse('admin:spending_import_import_report')}?{urlencode({'brand': matter.brand.pk})}"
    return LineText(
        text="It runs, but nothing has been booked for more than 26 hours. "
        f"Its last spend is of {date_text(matter.day)}.",
        to_do="See whether it still delivers on its platform, or import its report.",
        action="Import a report" if may_write else "Its spends",
        url=report if may_write else spends,
    )


def _owner(matter: Matter) -> Model:
    assert matter.owner is not None
    return matter.owner


_TEXTS: Final[Mapping[MatterKind, Callable[[Matter, bool, AbstractBaseUser, datetime], LineText]]] = {
    MatterKind.LATE_TICK: system_text.late_tick,
    MatterKind.DRIFT: system_text.drift,
    MatterKind.STOPPED_ACCOUNT: delivery_text.stopped_account,
    MatterKind.STALE_ACCOUNT: delivery_text.stale_account,
    MatterKind.CONTESTED: delivery_text.contested,
    MatterKind.DELIVERY_DRIFT: delivery_text.drifted,
    MatterKind.USED_UP: budget_text.used_up,
    MatterKind.FAILED_IMPORT: system_text.failed_import,
    MatterKind.RUNS_OUT: budget_text.runs_out,
    MatterKind.SILENT: _silent,
    MatterKind.NO_ACTIVE_SCHEDULE: _no_schedule,
    MatterKind.UNDER_PACE: budget_text.under_pace,
    MatterKind.NOTHING_ALLOWED: budget_text.nothing_allowed,
    MatterKind.OLD_PAUSE: _old_pause,
}
