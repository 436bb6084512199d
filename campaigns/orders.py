"""Orders for a campaign's status, and when a body that was sent is one."""

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.models import Campaign
from campaigns.status import CampaignStatus, PauseReason


@dataclass(frozen=True, slots=True)
class StatusOrder:
    """A status that a person asks for; `reason` is the one given with a pause."""

    status: CampaignStatus
    reason: PauseReason | None = None

    @classmethod
    def from_body(cls, body: Mapping[str, object]) -> "StatusOrder | None":
        """Return the order in the fields that were sent: `status`, `pause_reason` and `blocked_by`.

        A status that agrees with the `blocked_by` sent along is an answer sent back, however old, and no order.
        """
        if body.get("status") is None:
            return None
        status = CampaignStatus(str(body["status"]))
        reason = PauseReason(str(body["pause_reason"])) if body.get("pause_reason") else None
        if "blocked_by" in body and _is_an_answer(status, "pause_reason" in body, reason, body["blocked_by"]):
            return None
        return cls(status, reason)


def _is_an_answer(status: CampaignStatus, reason_sent: bool, reason: PauseReason | None, blocked_by: object) -> bool:
    if not isinstance(blocked_by, list) or any(item not in PauseReason.values for item in blocked_by):
        return False
    if status == CampaignStatus.ACTIVE:
        return not blocked_by and reason is None
    if not blocked_by:
        return False
    # A reason that a person stated stands before `MANUAL`.
    return not reason_sent or reason == blocked_by[0] or (reason is not None and blocked_by[0] == PauseReason.MANUAL)


def intent_after(order: StatusOrder, campaign: Campaign) -> dict[str, object]:
    """Return what a person wants after the order, given the status stored before it.

    `None` where it repeats what is stored: a status asked for again, or the reason for which the rules have paused it.
    """
    running = campaign.status == CampaignStatus.ACTIVE
    if order.status == CampaignStatus.ACTIVE:
        wanted: dict[str, object] = {"paused_by_person": False, "stated_reason": None}
    elif running:
        stated = order.reason if order.reason != PauseReason.MANUAL else None
        wanted = {"paused_by_person": True, "stated_reason": stated}
    elif campaign.paused_by_person or order.reason is not None and order.reason == campaign.pause_reason:
        return {}
    else:
        wanted = {"paused_by_person": True, "stated_reason": None}
    return {name: value for name, value in wanted.items() if getattr(campaign, name) != value}
