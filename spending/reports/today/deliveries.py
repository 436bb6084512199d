"""What needs a person at platforms: accounts that are stopped or whose costs are old, campaigns that do something else
than is wanted.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import islice

from brands.access.memberships import visible_rows
from brands.models import of_living_brand
from budget_system.core.actors import BrandAccess
from delivery.models import Account, AccountState, Delivery
from delivery.staleness import last_read_at, stale_among
from spending.reports.today.matter import SHOWN_OF_A_KIND, Found, Matter, MatterKind, MoreOf


def delivery_matters(access: BrandAccess, *, put_away: Mapping[str, int], now: datetime) -> Found:
    """Return accounts that are stopped or whose costs are old, and campaigns that differ at their platform or are a
    person's to decide.
    """
    found = _stopped_accounts(access, put_away)
    found.add(_stale_accounts(access, put_away, now))
    found.add(_differing(access, put_away, MatterKind.CONTESTED))
    found.add(_differing(access, put_away, MatterKind.DELIVERY_DRIFT))
    return found


def _stopped_accounts(access: BrandAccess, put_away: Mapping[str, int]) -> Found:
    kind = MatterKind.STOPPED_ACCOUNT
    limit = SHOWN_OF_A_KIND + put_away.get(kind.value, 0)
    rows = Account.objects.filter(of_living_brand("brand"), state=AccountState.STOPPED)
    accounts = list(visible_rows(rows, access).select_related("brand").order_by("-error_at", "pk")[: limit + 1])
    matters = [
        Matter(kind, f"{kind.value} {one.pk}", _instant(one.error_at), brand=one.brand, at=one.error_at, account=one)
        for one in accounts[:limit]
    ]
    return Found(matters, {MoreOf(kind)} if len(accounts) > limit else set())


def _stale_accounts(access: BrandAccess, put_away: Mapping[str, int], now: datetime) -> Found:
    kind = MatterKind.STALE_ACCOUNT
    limit = SHOWN_OF_A_KIND + put_away.get(kind.value, 0)
    accounts = list(islice(stale_among(visible_rows(Account.objects.all(), access), now), limit + 1))
    return Found(
        [_is_stale(kind, one, last_read_at(one)) for one in accounts[:limit]],
        {MoreOf(kind)} if len(accounts) > limit else set(),
    )


def _is_stale(kind: MatterKind, account: Account, at: datetime) -> Matter:
    key, size = f"{kind.value} {account.pk}", Decimal(-int(at.timestamp()))
    return Matter(kind, key, _instant(at), size, account.brand, at=at, account=account)


def _differing(access: BrandAccess, put_away: Mapping[str, int], kind: MatterKind) -> Found:
    limit = SHOWN_OF_A_KIND + put_away.get(kind.value, 0)
    is_contested = kind == MatterKind.CONTESTED
    rows = Delivery.objects.enabled().filter(drift_since__isnull=False, contested_at__isnull=not is_contested)
    seen = visible_rows(rows, access).select_related("campaign__brand", "account")
    deliveries = list(seen.order_by("-contested_at" if is_contested else "-drift_since", "pk")[: limit + 1])
    return Found(
        [_differs(kind, one, one.contested_at or one.drift_since) for one in deliveries[:limit]],
        {MoreOf(kind, of_campaigns=True)} if len(deliveries) > limit else set(),
    )


def _differs(kind: MatterKind, delivery: Delivery, at: datetime | None) -> Matter:
    return Matter(
        kind,
        f"{kind.value} {delivery.pk}",
        f"{delivery.drift} {_instant(at)}",
        Decimal(0 if at is None else int(at.timestamp())),
        delivery.campaign.brand,
        delivery.campaign,
        at=at,
        delivery=delivery,
    )


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""
