"""Campaigns: what is wanted of each, and what the rules made of it."""

from collections.abc import Collection, Iterable
from typing import ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from uuid_utils.compat import uuid7

from brands.models import Brand
from budget_system.core.fields import EPOCH, FoldedField, SearchKeyField
from budget_system.core.money import MoneyField
from campaigns.models.conditions import CONTRADICTORY, HELD_BACK, WITHOUT_SCHEDULE
from campaigns.status import CampaignStatus, PauseReason, from_bits, is_manual_pause, to_bits


class Platform(models.TextChoices):
    """Where a campaign runs."""

    GOOGLE = "google", "Google Ads"
    META = "meta", "Meta Ads"
    MICROSOFT = "microsoft", "Microsoft Advertising"
    LINKEDIN = "linkedin", "LinkedIn Ads"
    TIKTOK = "tiktok", "TikTok Ads"
    REDDIT = "reddit", "Reddit Ads"
    SNAPCHAT = "snapchat", "Snapchat Ads"
    PINTEREST = "pinterest", "Pinterest Ads"
    X = "x", "X Ads"
    AMAZON = "amazon", "Amazon Ads"
    APPLE = "apple", "Apple Search Ads"
    OTHER = "other", "Other"


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Querysets of campaigns."""

    def living(self) -> Self:
        """Keep campaigns that are not archived, nor their brand."""
        return self.filter(archived_at__isnull=True, brand__archived_at__isnull=True)

    def number_living(self) -> int:
        """Count those that `living` keeps, in half the time, as archived brands are few."""
        archived = Brand.everything.filter(archived_at__isnull=False)
        return self.filter(archived_at__isnull=True).exclude(brand__in=archived).count()

    def bulk_create(
        self,
        objs: Iterable["Campaign"],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list["Campaign"]:
        """Create rows; those created as paused are stored as paused by a person."""
        campaigns = list(objs)
        for campaign in campaigns:
            campaign.keep_persons_pause()
        return super().bulk_create(
            campaigns, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
        )


CampaignManager = models.Manager.from_queryset(CampaignQuerySet)


class LivingCampaigns(CampaignManager["Campaign"]):
    """Campaigns that are not archived, nor their brand."""

    def get_queryset(self) -> CampaignQuerySet:
        """Exclude archived campaigns, and those of archived brands."""
        return CampaignQuerySet(self.model, using=self._db).living()


def brands_of_campaigns(campaign_ids: Collection[UUID]) -> set[UUID]:
    """Return the brands to which campaigns belong now, archived ones too, in one query."""
    rows = Campaign.everything.filter(pk__in=campaign_ids).order_by()
    return set(rows.values_list("brand_id", flat=True).distinct())


class Campaign(models.Model):
    """One campaign of a brand.

    What a person wants (`paused_by_person`, with the `stated_reason`) is kept apart from what the rules decided
    (`status`, `pause_reason`, `blocked`): those three are written together, by the gate alone. No constraint ties them,
    because the budget sweep repairs rows that other code has changed, and must be able to read such a row.
    """

    brand_path: ClassVar[str] = "brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="campaigns")
    name = models.CharField(max_length=255)
    name_key = FoldedField(source="name")
    search_key = SearchKeyField(source="name")
    platform = models.CharField(max_length=16, choices=Platform, blank=True, default="")
    external_id = models.CharField(max_length=255, blank=True, default="", help_text="Its id on the platform.")
    daily_budget = MoneyField(null=True, blank=True, help_text="Empty: no cap of its own.")
    monthly_budget = MoneyField(null=True, blank=True, help_text="Empty: no cap of its own.")
    paused_by_person = models.BooleanField(default=False, editable=False)
    stated_reason = models.CharField(max_length=24, choices=PauseReason, null=True, blank=True, editable=False)
    status = models.CharField(max_length=6, choices=CampaignStatus, default=CampaignStatus.ACTIVE)
    pause_reason = models.CharField(max_length=24, choices=PauseReason, null=True, blank=True)
    blocked = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Every reason that holds, as bits.")
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    status_changed_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Empty: never yet.")
    generation = models.PositiveIntegerField(
        default=1, db_default=1, editable=False, help_text="Rises with each change of the status."
    )
    delivery_enabled = models.BooleanField(
        default=False, db_default=False, help_text="Whether its platform is told to do what its status says."
    )
    next_transition_at = models.DateTimeField(
        null=True, blank=True, default=EPOCH, editable=False, help_text="When its windows next open or close."
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = LivingCampaigns()
    everything = CampaignManager()

    class Meta:
        ordering: ClassVar = ["name_key", "id"]
        indexes: ClassVar = [
            # What lists are ordered by; without it, each page would sort all campaigns.
            models.Index(fields=["name_key", "id"], condition=Q(archived_at__isnull=True), name="campaign_by_name"),
            # What platforms are told of.
            models.Index(
                fields=["brand"],
                condition=Q(archived_at__isnull=True, delivery_enabled=True),
                name="campaign_delivered",
            ),
            models.Index(
                fields=["next_transition_at", "brand"],
                condition=Q(next_transition_at__isnull=False, archived_at__isnull=True),
                name="campaign_transitions",
            ),
            # What the budget sweep looks at: what its brand holds back, has caps, or contradicts itself.
            models.Index(
                fields=["brand"], condition=Q(archived_at__isnull=True) & HELD_BACK, name="campaign_held_back"
            ),
            models.Index(
                fields=["brand"],
                condition=Q(archived_at__isnull=True)
                & (Q(daily_budget__isnull=False) | Q(monthly_budget__isnull=False)),
                name="campaign_capped",
            ),
            models.Index(
                fields=["brand"],
                condition=Q(archived_at__isnull=True) & CONTRADICTORY,
                name="campaign_contradictory",
            ),
            # What waits for a person: mostly few, and the latest are asked for.
            models.Index(
                F("paused_at").desc(),
                condition=Q(archived_at__isnull=True, paused_by_person=True),
                name="campaign_paused_by_person",
            ),
            models.Index(
                F("paused_at").desc(),
                condition=Q(archived_at__isnull=True) & WITHOUT_SCHEDULE,
                name="campaign_without_schedule",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["brand", "name_key"], condition=Q(archived_at__isnull=True), name="campaign_name_unique"
            ),
            models.UniqueConstraint(
                fields=["brand", "platform", "external_id"],
                condition=Q(archived_at__isnull=True) & ~Q(external_id=""),
                name="campaign_external_id_unique",
            ),
            models.CheckConstraint(
                condition=Q(daily_budget__isnull=True) | Q(daily_budget__gte=0),
                name="campaign_daily_budget_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(monthly_budget__isnull=True) | Q(monthly_budget__gte=0),
                name="campaign_monthly_budget_not_negative",
            ),
            models.CheckConstraint(condition=Q(status__in=CampaignStatus.values), name="campaign_status_known"),
            models.CheckConstraint(
                condition=Q(pause_reason__isnull=True) | Q(pause_reason__in=PauseReason.values),
                name="campaign_pause_reason_known",
            ),
            models.CheckConstraint(condition=Q(blocked__lte=to_bits(PauseReason)), name="campaign_blocked_known"),
            models.CheckConstraint(condition=~Q(name=""), name="campaign_name_not_empty"),
            models.CheckConstraint(
                condition=Q(delivery_enabled=False) | ~Q(platform="") & ~Q(external_id=""),
                name="campaign_delivered_somewhere",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(
        self,
        *,
        force_insert: bool | tuple[models.base.ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Save the row; one created as paused, and not by the gate, is stored as paused by a person."""
        if update_fields is None or "paused_by_person" in update_fields:
            self.keep_persons_pause()
        super().save(force_insert=force_insert, force_update=force_update, using=using, update_fields=update_fields)

    def keep_persons_pause(self) -> None:
        """Set what a person wants from the status of a row that did not come through the services."""
        if is_manual_pause(self.status, self.pause_reason, self.blocked, is_new=self._state.adding):
            self.paused_by_person = True

    @property
    def blocked_by(self) -> list[PauseReason]:
        """Return every reason that holds, in the order of the verdict."""
        return from_bits(self.blocked)

    @property
    def is_capped(self) -> bool:
        """Whether it has a cap of its own."""
        return self.daily_budget is not None or self.monthly_budget is not None
