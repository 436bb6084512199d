"""Who may do what in the admin: every page, both methods, people of every role, what is theirs and what is not.

The pages come from the URL configuration and the actions from the admin classes: one that nobody classified here fails.
Whether a page that writes did write is asked of the tables, not of the answer.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import time_machine
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models, transaction
from django.http import HttpResponseBase
from django.test import TestCase
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from brands.access import is_owned
from brands.models import Brand, Change, Membership, Role, Token
from brands.services import change_brand
from brands.tokens import issue_token
from campaigns.models import Campaign, StatusEvent
from campaigns.services import change_campaign, pause_campaign
from scheduling.models import Schedule
from spending.models import CampaignTotal, Import, Period, Reset, Spend
from spending.resets import reset
from tests.access import Roles
from tests.support import ALICE

Rows = dict[type[models.Model], models.Model]

WRITABLE = (Campaign, Schedule, Spend)
"""What managers add, change and delete."""
KEPT = (StatusEvent, Import, Reset, Change)
"""What nobody edits."""
OWNED = (Brand, *WRITABLE, *KEPT)
FOR_ADMINISTRATORS = (
    *(User, Token, AccessAttempt),
    *(PeriodicTask, CrontabSchedule, ClockedSchedule, IntervalSchedule, SolarSchedule),
)
STOCK = {"changelist", "add", "history", "delete", "change"}
ORDERS = {
    "brands_brand_hold_one",
    "brands_brand_release_one",
    "campaigns_campaign_pause_one",
    "campaigns_campaign_activate_one",
    "spending_import_undo_one",
}
"""Pages about one row on which managers order something."""
IMPORTING = {"brands_brand_import_report", "spending_import_import_report"}
"""Which page books a report, and who may, has tests of its own."""
PERSONAL = {
    *("index", "logout", "password_change", "password_change_done", "jsi18n", "search", "app_list", "login"),
    *("auth_user_password_change", "autocomplete", "campaigns_campaign_choices"),
}
"""Pages that are about no row of a brand, or asked about one by one below."""
ACTIONS = {
    Brand: {
        *("hold", "release", "enforce_budgets", "enforce_dayparting", "reset_daily", "reset_monthly", "reset_both"),
        *("restore", "delete_selected"),
    },
    Campaign: {"pause", "activate", "restore", "delete_selected"},
    Schedule: {"delete_selected"},
    Spend: {"delete_selected"},
    Import: {"undo_imports"},
    StatusEvent: set(),
    Reset: set(),
    Change: set(),
}
WRITING = {
    *("hold", "release", "reset_daily", "reset_monthly", "reset_both", "pause", "activate"),
    *("undo_imports", "delete_selected"),
}
"""Actions that write something where there is something to do; the others only where something is wrong."""

SECRET = "zanzibar"
"""In the name of everything that belongs to the other brand."""

SNAPSHOT = (*OWNED, Membership, User, Token, PeriodicTask, CampaignTotal)


def routes(patterns: Any = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Give the admin's pages: name and path."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, path)
        elif isinstance(one, URLPattern) and path.startswith("admin/"):
            yield one.name or "", path


def stock_pages() -> dict[str, type[models.Model]]:
    """Give the pages that each model of the admin has, by their beginning."""
    return {f"{model._meta.app_label}_{model._meta.model_name}": model for model in admin.site._registry}


class AdminAccess(Roles, TestCase):
    """Acme has a viewer and a manager; what belongs to “Zanzibar” must be nowhere to be seen."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        change_brand(brand_id=self.other.pk, values={"name": "Zanzibar Ltd"}, now=self.now, by=ALICE)
        change_campaign(campaign_id=self.theirs.pk, values={"name": "Zanzibar sale"}, now=self.now, by=ALICE)
        self.mine = self.rows_of(self.brand, self.campaign, "ours")
        self.others = self.rows_of(self.other, self.theirs, SECRET)
        token = issue_token(user=self.stranger, expires_at=None, now=self.now, by=ALICE).token
        attempt = AccessAttempt.objects.create(username=SECRET, ip_address="127.0.0.1", failures_since_start=1)
        self.administrative: Rows = {User: self.stranger, Token: token, AccessAttempt: attempt}
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
        return {**found, StatusEvent: event, Reset: Reset.objects.get(brand=brand), Change: change}

    def snapshot(self) -> list[list[Any]]:
        """Give what the tables say."""
        return [list(model._base_manager.order_by("pk").values_list()) for model in SNAPSHOT]

    def ask(
        self, person: User | None, method: str, url: str, body: dict[str, Any] | None = None
    ) -> tuple[HttpResponseBase, str, bool]:
        """Ask as a person; give the answer, what it shows, and whether something was written, which is taken back."""
        self.client.cookies.clear()  # messages of the answers before are kept there
        if person is not None:
            self.client.force_login(person)
        before = self.snapshot()
        with transaction.atomic():
            answer = self.client.generic(method, url) if body is None else self.client.post(url, body)
            wrote = self.snapshot() != before
            transaction.set_rollback(True)
        self.assertLess(answer.status_code, 500)
        shown = b"".join(answer).decode() if answer.streaming else answer.content.decode()
        return answer, f"{shown} {answer.headers.get('Location', '')}", wrote

    def assert_hidden(self, shown: str, url: str) -> None:
        self.assertNotIn(SECRET, shown.lower().replace(url.lower(), ""))

    def body(self, page: str, model: type[models.Model], rows: Rows) -> dict[str, Any]:
        """Give what a person would send to have the page do its work."""
        campaign = rows[Campaign]
        values: dict[type[models.Model], dict[str, Any]] = {
            Brand: {"name": "Renamed", "daily_budget": "9.00", "timezone": "UTC", "currency": "USD"},
            Campaign: {"brand": str(rows[Brand].pk), "name": "Renamed", "wanted": "pause"},
            Schedule: {"campaign": str(campaign.pk), "day_of_week": "5", "start_time": "10:00", "end_time": "11:00"},
            Spend: {"campaign": str(campaign.pk), "amount": "7.00", "spend_date": "2026-03-11", "spend_type": "DAILY"},
            User: {"username": "new", "password1": "long-And-17", "password2": "long-And-17", "is_superuser": "on"},
            Token: {"user": str(self.stranger.pk)},
        }
        if page == "delete":
            return {"post": "yes"}
        if page in ("change", "add"):
            sent = dict(values.get(model, {"name": "x"}))
            for prefix in ("schedules", "memberships"):
                sent |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
            return sent
        return {"confirmed": "yes", "note": "x", "post": "yes"}


class RouteTests(AdminAccess):
    def test_every_page_is_classified(self) -> None:
        known = {f"{prefix}_{page}" for prefix in stock_pages() for page in STOCK}
        known |= ORDERS | IMPORTING | PERSONAL
        unknown = {name for name, path in routes() if name and name not in known}
        self.assertEqual(unknown, set(), "classify these pages here")
        self.assertEqual(known - {name for name, _ in routes()}, set(), "these are gone")
        nameless = {path for name, path in routes() if not name}
        self.assertEqual({path for path in nameless if not path.endswith(("<path:object_id>/", "(?P<url>.*)$"))}, set())

    def test_every_model_and_action_is_classified(self) -> None:
        models_known = {*OWNED, *FOR_ADMINISTRATORS}
        self.assertEqual(set(admin.site._registry), models_known)
        for model, found in admin.site._registry.items():
            self.assertEqual(is_owned(model) and model is not Token, model in OWNED, model)
            if model in OWNED:
                names = {one if isinstance(one, str) else one.__name__ for one in found.actions or ()}
                self.assertEqual(names, ACTIONS[model], f"classify the actions of {model.__name__}")

    def test_nobody_gets_further_than_the_login_without_one(self) -> None:
        for name, path in routes():
            if name == "login":
                continue
            url = "/" + re.sub(
                r"<[^>]+>", str(self.brand.pk), path.replace("^(?P<app_label>", "<").replace("(?P<", "<")
            )
            url = re.sub(r"<.*", "brands/", url) if "|" in url or "$" in url else url
            for method, sent in (("GET", None), ("POST", {"post": "yes", "confirmed": "yes"})):
                with self.subTest(url=url, method=method):
                    answer, shown, wrote = self.ask(None, method, url, sent)
                    self.assertEqual(answer.status_code, 302)
                    self.assertTrue(answer.headers["Location"].startswith(("/admin/login/", "/admin/")))
                    self.assertFalse(wrote)
                    self.assert_hidden(shown, url)

    def test_who_may_no_longer_log_in_is_nobody(self) -> None:
        self.assertEqual(self.ask(self.gone, "GET", reverse("admin:brands_brand_changelist"))[0].status_code, 302)
        answer = self.client.post(reverse("admin:login"), {"username": "gus", "password": "gus"})
        self.assertEqual(answer.status_code, 200)


class PageTests(AdminAccess):
    """Every page about the rows of a brand."""

    def allowed(self, model: type[models.Model], page: str, role: str) -> bool:
        """Say who may do what, in the words of the rules."""
        if page in ("changelist", "history", "change"):
            return True
        if page in ("add", "delete"):
            return model in WRITABLE and role != "viewer" or (model is Brand and role == "administrator")
        return role != "viewer"  # orders

    def pages(self) -> Iterator[tuple[type[models.Model], str, str]]:
        for prefix, model in stock_pages().items():
            if model in OWNED:
                for page in STOCK:
                    yield model, page, f"{prefix}_{page}"
                for name in ORDERS:
                    if name.startswith(f"{prefix}_"):
                        yield model, name.removeprefix(f"{prefix}_"), name

    def check(self, role: str, person: User) -> None:
        for model, page, name in self.pages():
            needs_row = page not in ("changelist", "add")
            for method in ("GET", "POST"):
                with self.subTest(page=name, method=method, role=role):
                    url = reverse(f"admin:{name}", args=[self.mine[model].pk] if needs_row else [])
                    sent = self.body(page, model, self.mine) if method == "POST" else None
                    answer, shown, wrote = self.ask(person, method, url, sent)
                    allowed = self.allowed(model, page, role)
                    writes = self.allowed(model, "add", role) or (model is Brand and role == "manager")
                    if method == "POST" and page == "change":
                        allowed = writes
                    if page in ("hold_one", "pause_one", "release_one") and method == "POST" and allowed:
                        self.assertEqual(answer.status_code, 302)  # it is paused already: nothing to write
                    elif method == "POST" and page in ("add", "change", "delete", "activate_one", "undo_one"):
                        self.assertEqual(wrote, allowed, shown if wrote != allowed else "")
                    if not (allowed and method == "POST"):
                        self.assertEqual(answer.status_code, 200 if allowed else 403)
                    if method == "GET" or not allowed:
                        self.assertFalse(wrote)
                    if role != "administrator":
                        self.assert_hidden(shown, url)
                if needs_row and role != "administrator":
                    self.check_foreign(person, model, page, name, method)

    def check_foreign(self, person: User, model: type[models.Model], page: str, name: str, method: str) -> None:
        """See that another brand's row is answered as one that is not there, and stays as it is."""
        answers = []
        for pk in (self.others[model].pk, uuid4()):
            url = reverse(f"admin:{name}", args=[pk])
            sent = self.body(page, model, self.others) if method == "POST" else None
            answer, shown, wrote = self.ask(person, method, url, sent)
            self.assertFalse(wrote)
            self.assertIn(answer.status_code, (302, 403))
            self.assert_hidden(shown, url)
            told = [str(message) for message in answer.wsgi_request._messages]  # type: ignore[attr-defined]
            answers.append(
                (answer.status_code, shown.replace(str(pk), "?"), [one.replace(str(pk), "?") for one in told])
            )
        with self.subTest(page=name, method=method, foreign=True):
            self.assertEqual(answers[0], answers[1])

    def test_a_viewer(self) -> None:
        self.check("viewer", self.viewer)

    def test_a_manager(self) -> None:
        self.check("manager", self.manager)

    def test_an_administrator(self) -> None:
        self.check("administrator", self.administrator)

    def test_what_a_manager_may_write_he_may_not_write_into_another_brand(self) -> None:
        for model in WRITABLE:
            with self.subTest(model=model.__name__):
                url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")
                answer, shown, wrote = self.ask(self.manager, "POST", url, self.body("add", model, self.others))
                self.assertFalse(wrote)
                self.assertEqual(answer.status_code, 200)
                self.assert_hidden(shown, url)
                url = reverse(
                    f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[self.mine[model].pk]
                )
                _, shown, wrote = self.ask(self.manager, "POST", url, self.body("change", model, self.others))
                self.assertFalse(wrote)
                self.assert_hidden(shown, url)

    def test_a_manager_here_who_only_looks_on_there_writes_here_alone(self) -> None:
        self.join(self.manager, self.other, Role.VIEWER)
        for model in (Brand, *WRITABLE):
            for page in ("change", "delete"):
                name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
                with self.subTest(page=name):
                    url = reverse(name, args=[self.others[model].pk])
                    answer, _, wrote = self.ask(self.manager, "POST", url, self.body(page, model, self.others))
                    self.assertEqual((answer.status_code, wrote), (403, False))


class ActionTests(AdminAccess):
    """Every action on rows that are chosen in a list."""

    def check(self, role: str, person: User, rows: Rows, *, works: bool) -> None:
        for model, names in ACTIONS.items():
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for action in names:
                sent = {**self.body("", model, rows), "action": action, "_selected_action": [str(rows[model].pk)]}
                with self.subTest(action=f"{model.__name__} {action}", role=role):
                    _, shown, wrote = self.ask(person, "POST", url, sent)
                    may = works and not (model is Brand and action == "delete_selected" and role != "administrator")
                    if action in WRITING - {"release"}:
                        self.assertEqual(wrote, may)
                    elif not may:
                        self.assertFalse(wrote)
                    if role != "administrator":
                        self.assert_hidden(shown, url)

    def test_a_viewer_orders_nothing(self) -> None:
        self.check("viewer", self.viewer, self.mine, works=False)

    def test_a_manager_orders_what_is_his(self) -> None:
        Campaign.objects.update(paused_by_person=False)
        self.check("manager", self.manager, self.mine, works=True)

    def test_a_manager_orders_nothing_of_anothers(self) -> None:
        self.check("manager", self.manager, self.others, works=False)

    def test_a_manager_orders_nothing_where_he_only_looks_on(self) -> None:
        self.join(self.manager, self.other, Role.VIEWER)
        for model, names in ACTIONS.items():
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for action in names:
                sent = {**self.body("", model, self.others), "action": action}
                with self.subTest(action=f"{model.__name__} {action}"):
                    chosen = [str(self.others[model].pk), str(self.mine[model].pk)]
                    _, _, wrote = self.ask(self.manager, "POST", url, {**sent, "_selected_action": chosen[:1]})
                    self.assertFalse(wrote)


class ChoiceTests(AdminAccess):
    """What is offered: as one types, in filters and in the navigation."""

    def test_searching_as_one_types_finds_what_is_ones_own(self) -> None:
        for name, field, path in (
            ("autocomplete", ("campaigns", "campaign", "brand"), "Zanzibar"),
            ("autocomplete", ("spending", "spend", "campaign"), "Zanzibar"),
            ("campaigns_campaign_choices", ("spending", "spend", "campaign"), "sale"),
            ("autocomplete", ("campaigns", "campaign", "brand"), ""),
            ("campaigns_campaign_choices", ("scheduling", "schedule", "campaign"), ""),
        ):
            query = dict(zip(("app_label", "model_name", "field_name"), field, strict=True))
            for person in (self.viewer, self.manager, self.loner):
                with self.subTest(name=name, typed=path, person=person):
                    self.client.force_login(person)
                    answer = self.client.get(reverse(f"admin:{name}"), {**query, "term": path})
                    self.assertEqual(answer.status_code, 200)
                    self.assertNotIn(SECRET, answer.content.decode().lower())
                    found = bool(answer.json()["results"])
                    self.assertEqual(found, path != "Zanzibar" and person != self.loner)

    def test_users_are_found_by_administrators_alone(self) -> None:
        query = {"app_label": "brands", "model_name": "membership", "field_name": "user", "term": "stan"}
        for person, status in ((self.manager, 403), (self.administrator, 200)):
            self.client.force_login(person)
            self.assertEqual(self.client.get(reverse("admin:autocomplete"), query).status_code, status)

    def test_a_filter_by_anothers_row_shows_nothing_of_it(self) -> None:
        self.client.force_login(self.viewer)
        for model, path, row in (
            (Campaign, "brand__id__exact", Brand),
            (Spend, "campaign__id__exact", Campaign),
            (Spend, "campaign__brand__id__exact", Brand),
            (Schedule, "campaign__id__exact", Campaign),
            (Schedule, "campaign__brand__id__exact", Brand),
            (StatusEvent, "campaign__id__exact", Campaign),
            (StatusEvent, "brand__id__exact", Brand),
            (Import, "brand__id__exact", Brand),
            (Reset, "brand__id__exact", Brand),
        ):
            with self.subTest(model=model.__name__, filter=path):
                url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                pages = [
                    self.client.get(url, {path: str(pk)}).content.decode().replace(str(pk), "?")
                    for pk in (self.others[row].pk, uuid4())
                ]
                self.assertNotIn(SECRET, pages[0].lower())
                strip = re.compile(r'(value|nonce|id|for)="[^"]*"|csrf[^>]*|select2-data[^"]*')
                self.assertEqual(strip.sub("", pages[0]), strip.sub("", pages[1]))

    def test_a_search_finds_nothing_of_anothers(self) -> None:
        self.client.force_login(self.viewer)
        for model in OWNED:
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            page = self.client.get(url, {"q": "sale"}).content.decode().lower()
            self.assertNotIn(SECRET, page)

    def test_the_navigation_shows_what_one_may_see(self) -> None:
        lists = {
            model: reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in OWNED
        }
        for_administrators = ("/admin/auth/user/", "/admin/brands/token/", "/admin/axes/accessattempt/")
        for person in (self.viewer, self.manager, self.loner, self.administrator):
            self.client.force_login(person)
            page = self.client.get("/admin/").content.decode()
            for url in lists.values():
                self.assertIn(f'href="{url}"', page)
            for url in for_administrators:
                self.assertEqual(f'href="{url}"' in page, person == self.administrator, url)
            self.assertNotIn("/admin/auth/group/", page)


class AdministrationTests(AdminAccess):
    """Users, tokens and periodic tasks are for administrators, whatever Django's own tables say."""

    def test_members_reach_none_of_their_pages(self) -> None:
        from_tables = User.objects.get(pk=self.manager.pk)
        from_tables.is_staff = True
        from_tables.save()
        from_tables.user_permissions.set(from_tables.user_permissions.model.objects.all())
        for prefix, model in stock_pages().items():
            if model in OWNED:
                continue
            row = self.administrative.get(model)
            for page in sorted(STOCK):
                needs_row = page not in ("changelist", "add")
                if needs_row and row is None:
                    continue
                url = reverse(f"admin:{prefix}_{page}", args=[row.pk] if needs_row and row else [])
                for method, sent in (("GET", None), ("POST", self.body(page, model, self.mine))):
                    with self.subTest(page=f"{prefix}_{page}", method=method):
                        answer, shown, wrote = self.ask(from_tables, method, url, sent)
                        self.assertEqual((answer.status_code, wrote), (403, False))
                        self.assert_hidden(shown, url)
                        answer, _, wrote = self.ask(self.administrator, "GET", url)
                        self.assertIn(answer.status_code, (200, 302, 403))
        url = reverse("admin:auth_user_password_change", args=[self.administrator.pk])
        self.assertEqual(self.ask(from_tables, "GET", url)[0].status_code, 403)

    def test_memberships_are_given_in_the_forms_of_user_and_brand(self) -> None:
        forms = {f"memberships-{name}": "0" for name in ("MIN_NUM_FORMS",)}
        forms |= {"memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "0", "memberships-0-role": "MANAGER"}
        brand = {"name": "Acme", "timezone": "UTC", "currency": "USD", "memberships-0-user": str(self.loner.pk)}
        for name, row, sent in (
            ("brands_brand", self.brand, brand),
            (
                "auth_user",
                self.loner,
                {"username": "lola", "is_active": "on", "memberships-0-brand": str(self.brand.pk)},
            ),
        ):
            with self.subTest(name):
                url = reverse(f"admin:{name}_change", args=[row.pk])
                self.assertContains(self.client_of(self.administrator).get(url), "memberships-TOTAL_FORMS")
                with transaction.atomic():
                    self.assertEqual(self.client.post(url, {**sent, **forms}).status_code, 302)
                    made = Membership.objects.get(user=self.loner)
                    self.assertEqual((made.brand_id, made.role), (self.brand.pk, Role.MANAGER))
                    transaction.set_rollback(True)

    def test_a_manager_gives_no_memberships(self) -> None:
        url = reverse("admin:brands_brand_change", args=[self.brand.pk])
        self.assertNotContains(self.client_of(self.manager).get(url), "memberships-TOTAL_FORMS")
        sent = {**self.body("change", Brand, self.mine), "memberships-TOTAL_FORMS": "1"}
        sent |= {"memberships-0-user": str(self.loner.pk), "memberships-0-role": "MANAGER"}
        self.client.post(url, sent)
        self.assertFalse(Membership.objects.filter(user=self.loner).exists())

    def test_the_form_of_a_user_knows_neither_staff_nor_permissions(self) -> None:
        page = self.client_of(self.administrator).get(reverse("admin:auth_user_change", args=[self.loner.pk]))
        for field in ("is_staff", "user_permissions", "groups"):
            self.assertNotContains(page, f'name="{field}"')

    def client_of(self, person: User) -> Any:
        self.client.force_login(person)
        return self.client
