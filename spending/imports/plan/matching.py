"""Finding campaigns by the names in reports, each account's apart.

A name is remembered with the campaign on which it was booked first. So two accounts' campaigns of one name do not
replace each other, and a campaign that was renamed here is still found.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from budget_system.core.validation import fold
from campaigns.models import Campaign, Platform
from spending.imports.plan.keys import account_and_name, described
from spending.models import ReportedName


def prefer_living(campaigns: Sequence[Campaign]) -> list[Campaign]:
    """Return the living campaigns where there are any, else all."""
    return [campaign for campaign in campaigns if campaign.archived_at is None] or list(campaigns)


def names_without_id(brand_id: UUID, platform: str) -> frozenset[str]:
    """Return, folded, the names under which reports booked campaigns that have no id."""
    rows = ReportedName.objects.filter(campaign__brand_id=brand_id, platform=platform, campaign__external_id="")
    return frozenset(rows.values_list("name_key", flat=True))


class NameIndex:
    """A brand's campaigns by the names under which a platform may report them: all, or those of some keys."""

    def __init__(self, brand_id: UUID, platform: str, keys: Collection[str] | None = None) -> None:
        self._platform = platform
        campaigns = Campaign.everything.filter(brand_id=brand_id)
        reported = ReportedName.objects.filter(campaign__brand_id=brand_id, platform=platform)
        if keys is not None:
            names = {fold(account_and_name(key)[1]) for key in keys}
            reported_ids = reported.filter(name_key__in=names).values_list("campaign", flat=True)
            campaigns = campaigns.filter(name_key__in=names) | campaigns.filter(pk__in=list(reported_ids))
            reported = reported.filter(campaign__in=campaigns.values("pk"))
        self._by_id = {campaign.pk: campaign for campaign in campaigns.order_by("-archived_at", "-pk")}
        self._by_name: dict[str, list[Campaign]] = defaultdict(list)
        for campaign in self._by_id.values():
            self._by_name[campaign.name_key].append(campaign)
        self._accounts: dict[UUID, set[str]] = defaultdict(set)
        self._reported: dict[str, list[ReportedName]] = defaultdict(list)
        for row in reported.order_by("pk"):
            self._reported[row.name_key].append(row)
            if row.account:
                self._accounts[row.campaign_id].add(row.account)

    def campaigns(self, key: str) -> list[Campaign]:
        """Return the campaigns that a key may mean."""
        account, name = account_and_name(key)
        reported = (row for row in self._reported[fold(name)] if account == "" or fold(account) == fold(row.account))
        found = {row.campaign_id: self._by_id[row.campaign_id] for row in reported}
        return list((found | {campaign.pk: campaign for campaign in self.unbound(key)}).values())

    def unbound(self, key: str) -> list[Campaign]:
        """Return the campaigns with the name, on this platform or none, that belong to no other account."""
        account, name = account_and_name(key)
        return [
            campaign
            for campaign in self._by_name[fold(name)]
            if campaign.platform in ("", self._platform)
            and not (account and {fold(one) for one in self._accounts[campaign.pk]} - {fold(account)})
        ]

    def refusal(self, key: str, *, create: bool) -> str | None:
        """Return why nothing can be booked under a name: it may mean no campaign, or more than one."""
        living = prefer_living(self.campaigns(key))
        if len(living) > 1 and living[0].archived_at is None:
            named = " or ".join(f"“{campaign}”" for campaign in living[:3])
            return f"this name may mean {named}; match by id, or rename one of them"
        if living or create:
            return None
        _, name = account_and_name(key)
        others = [campaign for campaign in self._by_name[fold(name)] if campaign.archived_at is None]
        if not others:
            return "no campaign has this name; rename it, or have the import create campaigns"
        if others[0].platform not in ("", self._platform):
            return f"“{others[0]}” runs on {Platform(others[0].platform).label}; have the import create campaigns"
        known = ", ".join(sorted(self._accounts[others[0].pk]))
        return f"“{described(key)}” is another account's: “{others[0]}” is of {known}; have the import create campaigns"


def remember_names(names: Sequence[tuple[Campaign, str]], platform: str, report_id: UUID) -> None:
    """Store under which keys campaigns were booked, without those already stored."""
    known = set(
        ReportedName.objects.filter(campaign__in=[campaign.pk for campaign, _ in names], platform=platform).values_list(
            "campaign", "account", "name_key"
        )
    )
    rows = []
    for campaign, key in names:
        account, name = account_and_name(key)
        if (campaign.pk, account, fold(name)) not in known:
            known.add((campaign.pk, account, fold(name)))
            rows.append(
                ReportedName(campaign=campaign, report_id=report_id, platform=platform, account=account, name=name)
            )
    ReportedName.objects.bulk_create(rows)
