"""Which campaigns must be decided because a total crossed its budget, or because a day has begun."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from alerts.thresholds import crosses
from brands.models import Brand
from budget_system.core.money import is_used_up
from campaigns.models import Campaign
from campaigns.status import DAY_BIT, MONTH_BIT
from spending.enforcement.budget_use import current_use
from spending.enforcement.touched import Touched, Turn
from spending.ledger.counting import Key
from spending.ledger.totals import MovedTotal
from spending.models import Period


def touch_crossed(
    touched: Touched,
    of_brands: tuple[Mapping[UUID, Brand], Sequence[MovedTotal]],
    of_campaigns: tuple[Mapping[UUID, Campaign], Sequence[MovedTotal]],
) -> None:
    """Touch a brand's campaigns where its budget was crossed, a campaign where its cap was; each with its moved totals.
    The thresholds that were crossed are marked for a look.

    A campaign whose stored money reasons contradict what moved is touched too, whatever caused that.
    """
    crossing: dict[UUID, int] = defaultdict(int)
    brands, moved_of_brands = of_brands
    for moved in moved_of_brands:
        brand = brands[moved.key.owner]
        if (bit := _current_bit(brand, moved.key)) is None:
            continue
        budget = brand.daily_budget if bit == DAY_BIT else brand.monthly_budget
        if crosses(moved.before, moved.counter, budget, brand.alert_thresholds):
            touched.rechecked_owners[brand.pk] = brand.pk
        used_up = is_used_up(moved.counter, budget)
        if is_used_up(moved.before, budget) != used_up:
            touched.turn(brand.pk, Turn(begins=bit * used_up, ends=bit * (not used_up)))
        if used_up:
            crossing[brand.pk] |= bit
    campaigns, moved_of_campaigns = of_campaigns
    for moved in moved_of_campaigns:
        campaign = campaigns[moved.key.owner]
        if (bit := _current_bit(campaign.brand, moved.key)) is None:
            continue
        cap = campaign.daily_budget if bit == DAY_BIT else campaign.monthly_budget
        if crosses(moved.before, moved.counter, cap, campaign.brand.alert_thresholds):
            touched.rechecked_owners[campaign.pk] = campaign.brand_id
        used_up = bool(crossing[campaign.brand_id] & bit) or is_used_up(moved.counter, cap)
        if used_up != bool(campaign.blocked & bit):
            touched.touch(campaign)


def touch_begun(touched: Touched, brands: Mapping[UUID, Brand], begun: Mapping[UUID, int]) -> None:
    """Touch what a new day, or month, can change: entries dated ahead may have used it up already.

    `begun` has the bits of the reasons that end with it, for each brand whose day, or month too, has begun.
    """
    beginning = [brands[pk] for pk in begun if pk not in touched.brands]
    if not beginning:  # nearly always
        return
    uses = current_use(beginning, Campaign.everything.none())
    for brand in beginning:
        anew = begun[brand.pk]
        used_up = uses.of(brand, brand.today).bits & anew
        touched.turn(brand.pk, Turn(begins=used_up, ends=anew & ~used_up, anew=anew))


def _current_bit(brand: Brand, key: Key) -> int | None:
    """Return the reason that a total can give now: its bit where it is of the brand's current day or month, else
    none.
    """
    if key.period == Period.DAY:
        return DAY_BIT if key.start == brand.today else None
    return MONTH_BIT if key.start == brand.this_month else None
