"""What tests of the admin's access share: every page and action, classified, and the rows that they are about."""

import re
from collections.abc import Iterator
from typing import Any

import time_machine
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connection, models, transaction
from django.http import HttpResponseBase
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from alerts.models import Alert, AlertKind, Subscription
from brands.access.tokens import issue_token
from brands.models import Brand, Change, Membership, Token
from brands.services import change_brand, remove_brand
from campaigns.models import Campaign, StatusEvent
from campaigns.services import change_campaign, pause_campaign
from delivery.models import Account, Channel, Delivery, Message, MessageState
from scheduling.models import Schedule
from spending.enforcement.resets import reset
from spending.models import CampaignTotal, Import, Period, Reset, Spend
from tests.access import Roles
from tests.routes import admin_pages
from tests.support import ALICE

Rows = dict[type[models.Model], models.Model]

WRITABLE = (Account, Campaign, Schedule, Spend)
"""What managers add, change and delete."""
KEPT = (StatusEvent, Import, Reset, Change, Alert, Delivery, Message)
"""What nobody edits."""
OWNED = (Brand, *WRITABLE, *KEPT)
PERSONS = (Subscription,)
"""What belongs to persons, or to many brands; `alerts/tests/test_admin_subscriptions.py` asks as everybody."""
FOR_ADMINISTRATORS = (
    *(User, Group, Token, AccessAttempt),
    *(PeriodicTask, CrontabSchedule, ClockedSchedule, IntervalSchedule, SolarSchedule),
)
STOCK = {"changelist", "add", "history", "delete", "change"}
ORDERS = {
    "brands_brand_hold_one",
    "brands_brand_release_one",
    "campaigns_campaign_pause_one",
    "campaigns_campaign_activate_one",
    "campaigns_campaign_copy_hours",
    "spending_import_undo_one",
    "alerts_alert_mute_one",
    "alerts_alert_unmute_one",
    "delivery_account_check_one",
    "delivery_delivery_ours_one",
    "delivery_delivery_theirs_one",
    "delivery_message_again_one",
    "brands_brand_deliver_all",
    "brands_brand_deliver_none",
}
"""Pages about one row on which managers order something."""
IMPORTING = {"brands_brand_import_report", "spending_import_import_report", "spending_import_report_job"}
"""Which page books a report, and who may, has tests of its own."""
MONTHS = {"brands_brand_this_month", "brands_brand_month"}
"""Pages of a brand's months, which `brands/tests/test_admin_month.py` asks as everybody."""
PERSONAL = {
    *("index", "logout", "password_change", "password_change_done", "jsi18n", "search", "app_list", "login"),
    *("put_away", "bring_back", "tables"),
    *("alerts_subscription_test", "alerts_subscription_rotate"),
    *("auth_user_password_change", "autocomplete", "campaigns_campaign_choices", "campaigns_campaign_week"),
    *("second_factor", "second_factor_codes", "second_factor_off", "second_factor_login"),
    "auth_user_reset_second_factor",
    *("password_reset", "password_reset_done", "password_reset_confirm", "password_reset_complete"),
}
"""Pages that are about no row of a brand, or that tests ask about one by one."""
ACTIONS = {
    Brand: {
        *("hold", "release", "enforce_budgets", "enforce_dayparting", "reset_daily", "reset_monthly", "reset_both"),
        *("restore", "delete_selected"),
    },
    Campaign: {"pause", "activate", "restore", "delete_selected"},
    Schedule: {"delete_selected"},
    Spend: {"delete_selected"},
    Import: {"undo_imports"},
    Account: {"delete_selected"},
    Alert: {"mute", "unmute"},
    Delivery: {"ours", "theirs"},
    Message: {"again"},
    StatusEvent: set(),
    Reset: set(),
    Change: set(),
}
WRITING = {
    *("hold", "release", "reset_daily", "reset_monthly", "reset_both", "pause", "activate"),
    *("undo_imports", "delete_selected", "mute", "ours", "theirs"),
}
"""Actions that write something where there is something to do; the others only where something is wrong."""

SECRET = "zanzibar"
"""In the name of everything that belongs to the other brand."""
BURIED = "atlantis"
"""In the name of everything that belongs to a brand that is archived."""

IN_GROUPS = User.groups.through
SNAPSHOT = (*OWNED, Membership, User, Group, IN_GROUPS, Token, PeriodicTask, CampaignTotal)
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|COPY)\b")


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the admin's pages: name and path."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, path)
        elif isinstance(one, URLPattern) and path.startswith("admin/"):
            yield one.name or "", path


def stock_pages() -> dict[str, type[models.Model]]:
    """Return the pages that each model of the admin has, by their beginning."""
    return {f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin_pages()}


class AdminAccess(Roles, TestCase):
    """Acme has viewers and managers; to those of Acme alone nothing of “Zanzibar” may be shown.

    Nothing of “Atlantis”, which is archived, may be shown to those of every brand either.
    """

    def setUp(self) -> None:
        super().setUp()
        self._sessions: dict[User, str] = {}
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        change_brand(brand_id=self.other.pk, values={"name": "Zanzibar Ltd"}, now=self.now, by=ALICE)
        change_campaign(campaign_id=self.theirs.pk, values={"name": "Zanzibar sale"}, now=self.now, by=ALICE)
        self.mine = self.rows_of(self.brand, self.campaign, "ours")
        self.others = self.rows_of(self.other, self.theirs, SECRET)
        archived, campaign = self.make_archived("Atlantis")
        self.buried = self.rows_of(archived, campaign, BURIED)
        remove_brand(brand_id=archived.pk, now=self.now, by=ALICE)
        token = issue_token(user=self.stranger, expires_at=None, now=self.now, by=ALICE).token
        attempt = AccessAttempt.objects.create(username=SECRET, ip_address="127.0.0.1", failures_since_start=1)
        self.administrative: Rows = {User: self.stranger, Group: Group.objects.earliest("pk"), Token: token}
        self.administrative[AccessAttempt] = attempt
        task = PeriodicTask.objects.exclude(crontab=None).first() or PeriodicTask.objects.get()
        self.administrative[PeriodicTask] = task

    def rows_of(self, brand: Brand, campaign: Campaign, word: str) -> Rows:
        """Make one row of every kind that belongs to the brand."""
        window = self.window(9, 18, campaign=campaign)
        spend = self.spend("5.00", campaign=campaign, external_id=f"{word}-1")
        reset(periods=[Period.DAY], brand_ids=[brand.pk], note=word, now=self.now, by=ALICE)
        self.spend("3.00", campaign=campaign)
        pause_campaign(campaign_id=campaign.pk, note=word, now=self.now, by=ALICE)
        report = Import.objects.create(
            brand=brand,
            platform="google",
            file_name=f"{word}.csv",
            sha256=word,
            unit="units",
            campaign_column="c",
            date_column="d",
            cost_column=word,
            at=self.now,
            by=word,
            finished_at=self.now,
            rows=0,
            bad_lines=0,
            days=0,
            money_in="0",
            money_booked=0,
            rounding="0",
        )
        event = StatusEvent.objects.filter(campaign=campaign).latest("at", "id")
        change_campaign(campaign_id=campaign.pk, values={"external_id": word}, now=self.now, by=ALICE)
        change = Change.objects.filter(brand_id=brand.pk).latest("at", "id")
        found: Rows = {Brand: brand, Campaign: campaign, Schedule: window, Spend: spend, Import: report}
        Campaign.objects.filter(pk=campaign.pk).update(platform="google", delivery_enabled=True)
        campaign.refresh_from_db()
        found[Delivery] = Delivery.objects.create(
            campaign=campaign,
            observed="ACTIVE",
            observed_at=self.now,
            drift="changed",
            drift_since=self.now,
            contested_at=self.now,
        )
        silent = Alert(kind=AlertKind.SILENT, brand=brand, campaign=campaign, key=word, at=self.now)
        silent.message = f"“{campaign}” of “{brand}”: {word}."
        silent.save()
        found[Alert] = silent
        found[Account] = Account.objects.create(brand=brand, platform="google", external_id=word)
        hook = Subscription.objects.create(channel=Channel.WEBHOOK, name=word, secrets={"url": "https://example.com"})
        hook.brands.add(brand)
        found[Message] = Message.objects.create(
            channel=hook.channel,
            receiver=hook.receiver,
            brand=brand,
            body={"data": {"message": f"{word}."}},
            state=MessageState.FAILED,
            due_at=None,
            settled_at=self.now,
            error=f"The receiver answered 500: {word}.",
        )
        return {**found, StatusEvent: event, Reset: Reset.objects.get(brand=brand), Change: change}

    def snapshot(self) -> list[list[Any]]:
        """Return what the tables say."""
        return [list(model._base_manager.order_by("pk").values_list()) for model in SNAPSHOT]

    def ask(
        self, person: User | None, method: str, url: str, body: dict[str, Any] | None = None
    ) -> tuple[HttpResponseBase, str, bool]:
        """Ask as a person; give the answer, what it shows, and whether something was written, which is taken back."""
        self.client.cookies.clear()  # messages of the answers before are kept there
        if person is not None and person in self._sessions:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self._sessions[person]
        elif person is not None:
            self.client.force_login(person)
            self._sessions[person] = self.client.cookies[settings.SESSION_COOKIE_NAME].value
        after = None
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            answer = self.client.generic(method, url) if body is None else self.client.post(url, body)
            if any(WRITES.search(query["sql"]) for query in queries):
                after = self.snapshot()
            transaction.set_rollback(True)
        wrote = after is not None and self.snapshot() != after
        self.assertLess(answer.status_code, 500)
        shown = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        return answer, f"{shown} {answer.headers.get('Location', '')}", wrote

    def foreign_to(self, person: User) -> Rows:
        """Return rows that do not exist for a person."""
        if person in self.reach_every_brand:
            return self.buried
        return self.mine if person in self.outsiders else self.others

    def assert_hidden(self, shown: str, url: str, person: User | None = None) -> None:
        """Fail where a page shows what does not exist for a person."""
        text = shown.lower().replace(url.lower(), "")
        self.assertNotIn(BURIED, text)
        if person not in self.reach_every_brand:
            self.assertNotIn(SECRET, text)
        if person in self.outsiders:
            self.assertNotIn("spring sale", text)

    def body(self, page: str, model: type[models.Model], rows: Rows) -> dict[str, Any]:
        """Return what a person would send to have the page do its work."""
        campaign = rows[Campaign]
        budgets = {"daily_budget": "100.00", "monthly_budget": "2000.00"}  # as they stand: nothing is asked back
        no_caps = {"daily_budget_no_limit": "on", "monthly_budget_no_limit": "on"}
        values: dict[type[models.Model], dict[str, Any]] = {
            Brand: {"name": "Renamed", "timezone": "UTC", "currency": "USD", "figures_max_age_hours": "3", **budgets},
            Campaign: {
                "brand": str(rows[Brand].pk),
                "name": "Renamed",
                "wanted": "pause",
                "week": "Mon 9-18",
                "platform": "google",
                "external_id": "renamed-1",
                "delivery_enabled": "on",
                **no_caps,
            },
            Schedule: {"campaign": str(campaign.pk), "day_of_week": "5", "start_time": "10:00", "end_time": "11:00"},
            Spend: {"campaign": str(campaign.pk), "amount": "7.00", "spend_date": "2026-03-11", "spend_type": "DAILY"},
            Account: {"brand": str(rows[Brand].pk), "platform": "meta", "external_id": "new"},
            User: {"username": "new", "password1": "long-And-17", "password2": "long-And-17", "is_superuser": "on"},
            Token: {"user": str(self.stranger.pk)},
        }
        if page == "delete":
            return {"post": "yes"}
        if page in ("change", "add"):
            sent = dict(values.get(model, {"name": "x"}))
            return sent | {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
        return {"confirmed": "yes", "note": "x", "post": "yes"}
