"""The sender of the platforms: looks at what is wanted in an account, and sets there what differs.

One standing message stands for all that is to be done in an account. It says nothing of what that is: so a lost one
heals at the next look, and an answer that comes late settles nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core.exceptions import ValidationError

from campaigns.status import CampaignStatus
from delivery.connections import note_answer, note_error, stop_account
from delivery.connectors.protocol import AccessRefused, PlatformConnector, Result, ResultKind, Unavailable
from delivery.connectors.registry import connector_of
from delivery.models import Account, Delivery, Message, Observed
from delivery.models.states import DeliveryQuerySet
from delivery.outbox import request_push_of
from delivery.receivers import parse_receiver
from delivery.recording import Observation, record_observations
from delivery.sending.senders import DELIVERED, Finish, Outcome, Send, Sender
from delivery.staleness import HELD, is_stale

DELAYS: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60))

LOOK_EVERY: Final = timedelta(minutes=5)
"""How often all campaigns of an account are looked at, also those that are settled."""

LOOK_AFTER: Final = LOOK_EVERY - timedelta(seconds=30)
"""After how long one is due: it is asked once a minute, and the last look ended a moment after its minute had begun."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One campaign, as it was read before the platform was asked."""

    campaign: UUID
    status: str
    generation: int

    def seen(self, observed: Observed, *, applied: bool = False) -> Observation:
        """Return what was seen of it."""
        return Observation(observed, self.generation, applied=applied)


@dataclass(slots=True)
class Answers:
    """What a platform answered."""

    seen: dict[UUID, Observation] = field(default_factory=dict)
    errors: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    """The campaigns of each sentence that says why something was not done."""
    retries: bool = False
    retry_after: timedelta | None = None
    refused: str = ""
    """Why the platform accepts the account no longer."""
    unavailable: str = ""
    looked: bool = False
    """Whether all campaigns were looked at."""

    def wait(self, after: timedelta | None) -> None:
        """Try again, no earlier than the longest wait that was asked for."""
        self.retries = True
        if after is not None:
            self.retry_after = max(after, self.retry_after or after)

    def hold(self, campaigns: Collection[UUID]) -> None:
        """Record of campaigns that are to run why they were not set running, but for those that were seen to run."""
        if held := [pk for pk in campaigns if pk not in self.seen or self.seen[pk].observed == Observed.PAUSED]:
            self.errors[HELD] = held


def prepare(message: Message, now: datetime) -> Send:
    """Read what is wanted in a message's account, and where that differs from what was seen."""
    account = account_of(message)
    if account is None:
        return lambda: lambda _: DELIVERED
    looks = account.looked_at is None or now - account.looked_at >= LOOK_AFTER
    rows = Delivery.objects.enabled().filter(
        account=account, campaign__brand=account.brand_id, campaign__platform=account.platform
    )
    pushed = rows.unsettled().filter(contested_at=None).exclude(observed=Observed.NOT_FOUND)
    held: list[UUID] = []
    if is_stale(account, now):
        to_run = pushed.filter(campaign__status=CampaignStatus.ACTIVE)
        held = list(to_run.order_by("pk").values_list("pk", flat=True))
        pushed = pushed.exclude(campaign__status=CampaignStatus.ACTIVE)
    changes = _by_external_id(pushed)
    looked_at = _by_external_id(rows) if looks else {}
    unlinked = _by_external_id(unlinked_of(account)) if looks else {}
    try:
        connector = connector_of(account)
    except ValidationError as error:
        reason = " ".join(error.messages)
        return lambda: lambda now: _finish(account, Answers(refused=reason), now)

    def send() -> Finish:
        answers = ask(connector, changes, looked_at | unlinked)
        answers.looked &= looks
        answers.hold(held)
        return lambda now: _finish(account, answers, now, {one.campaign for one in unlinked.values()})

    return send


def account_of(message: Message) -> Account | None:
    """Return the account of a message, where it is there still and is used."""
    _, pk = parse_receiver(message.receiver)
    called = Account.objects.called().filter(pk=UUID(pk), brand__archived_at=None)
    return called.select_related("brand").first()


def unlinked_of(account: Account) -> DeliveryQuerySet:
    """Return the campaigns of which it is not known yet in which of its brand's accounts they are."""
    return Delivery.objects.enabled().filter(
        account=None, campaign__brand=account.brand_id, campaign__platform=account.platform
    )


def ask(connector: PlatformConnector, changes: Mapping[str, Wanted], looked_at: Mapping[str, Wanted]) -> Answers:
    """Set what is to be changed, and look at what is not known afterwards and at what is due for a look."""
    answers = Answers()
    try:
        unknown = _set(connector, changes, answers) if changes else {}
        # Not what was set just now: a platform may show the former state for a moment.
        to_see = {pk: one for pk, one in looked_at.items() if one.campaign not in answers.seen} | unknown
        if to_see:
            states = connector.running(to_see)
            for pk, one in to_see.items():
                # A time-out is no refusal: what is seen to be as wanted was set after all.
                after_all = pk in unknown and states[pk] == one.status
                answers.seen[one.campaign] = one.seen(states[pk], applied=after_all)
        answers.looked = True
    except AccessRefused as error:
        answers.refused = error.message
    except Unavailable as error:
        answers.unavailable = error.message
        answers.wait(error.retry_after)
    _forget_what_was_done_after_all(answers, changes)
    return answers


def _set(connector: PlatformConnector, changes: Mapping[str, Wanted], answers: Answers) -> dict[str, Wanted]:
    """Set what is wanted; return what is not known afterwards."""
    unknown: dict[str, Wanted] = {}
    runs = {pk: one.status == CampaignStatus.ACTIVE for pk, one in changes.items()}
    for pk, result in connector.set_running(runs).items():
        _take(changes[pk], result, answers)
        if result.kind == ResultKind.RETRY and result.after is None:
            unknown[pk] = changes[pk]
    return unknown


def _take(one: Wanted, result: Result, answers: Answers) -> None:
    match result.kind:
        case ResultKind.APPLIED:
            answers.seen[one.campaign] = one.seen(Observed(one.status), applied=True)
        case ResultKind.NOT_FOUND:
            answers.seen[one.campaign] = one.seen(Observed.NOT_FOUND)
        case ResultKind.REFUSED:
            answers.errors[result.sentence].append(one.campaign)
        case ResultKind.RETRY:
            answers.errors[result.sentence].append(one.campaign)
            answers.wait(result.after)


def _forget_what_was_done_after_all(answers: Answers, changes: Mapping[str, Wanted]) -> None:
    """Try nothing again that was seen to be as wanted."""
    wanted = {one.campaign: one.status for one in changes.values()}
    done = {pk for pk, seen in answers.seen.items() if seen.observed in (wanted.get(pk), Observed.NOT_FOUND)}
    answers.errors = {
        sentence: left for sentence, pks in answers.errors.items() if (left := [pk for pk in pks if pk not in done])
    }
    if not answers.errors and not answers.unavailable:
        answers.retries = False


def _finish(account: Account, answers: Answers, now: datetime, unlinked: Collection[UUID] = ()) -> Outcome:
    """Store what a platform answered; return what the try came to."""
    _link(account, answers, unlinked)
    record_observations(answers.seen, now=now)
    for sentence, campaigns in answers.errors.items():
        Delivery.objects.filter(pk__in=campaigns).update(error=sentence)
    if answers.refused:
        stop_account(account, answers.refused, now=now)
        return Outcome(gives_up=True, error=answers.refused)
    if answers.unavailable:
        note_error(account, answers.unavailable, now=now)
    else:
        note_answer(account, now=now)
    if answers.looked:
        Account.objects.filter(pk=account.pk).update(looked_at=now)
        _push_what_was_changed_there(account, answers, now)
    if answers.retries:
        return Outcome(retry_after=answers.retry_after, error=answers.unavailable or next(iter(answers.errors)))
    return DELIVERED


def _link(account: Account, answers: Answers, unlinked: Collection[UUID]) -> None:
    """Take over the campaigns that were found in the account; of the others nothing is known."""
    seen = {pk: answers.seen.pop(pk) for pk in unlinked if pk in answers.seen}
    found = {pk: one for pk, one in seen.items() if one.observed != Observed.NOT_FOUND}
    if found:
        Delivery.objects.filter(pk__in=found, account=None).update(account=account)
        answers.seen |= found


def _push_what_was_changed_there(account: Account, answers: Answers, now: datetime) -> None:
    """Ask for another turn where a look found what is to be set, which this turn did not know."""
    looked = [pk for pk, seen in answers.seen.items() if not seen.applied and seen.observed != Observed.NOT_FOUND]
    refused = {pk for pks in answers.errors.values() for pk in pks}
    rows = Delivery.objects.enabled().unsettled().filter(account=account, contested_at=None)
    if any(pk not in refused for pk in rows.filter(pk__in=looked).values_list("pk", flat=True)):
        request_push_of([account], now=now)


def _by_external_id(rows: DeliveryQuerySet) -> dict[str, Wanted]:
    columns = ("campaign__external_id", "campaign_id", "campaign__status", "campaign__generation")
    return {external_id: Wanted(*values) for external_id, *values in rows.order_by("pk").values_list(*columns)}


SENDER: Final = Sender(prepare, DELAYS, goes_on=True, at_once=1, goes_first=True)
