"""What tests of the API's access share: rows of two brands, people of every role, and calls that are undone."""

import json
from dataclasses import dataclass
from uuid import UUID

import time_machine
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, AlertKind, Subscription
from alerts.models.alerts import alert_key
from alerts.services.subscriptions import new_secret
from brands.models import Brand, Role
from brands.services import remove_brand
from campaigns.services import CampaignValues, change_campaign
from spending.models import Import
from tests.access import Roles
from tests.access_table import NOT_ALLOWED, TABLE, Expected
from tests.routes import METHODS
from tests.support import ALICE

Ids = dict[str, UUID]
MISSING = "api(/.*)?"
WRITES = ("INSERT", "UPDATE", "DELETE")
IDS_OF = {
    "brands": "brand",
    "campaigns": "campaign",
    "schedules": "schedule",
    "spends": "spend",
    "imports": "import",
    "alerts": "alert",
    "subscriptions": "subscription",
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status_code: int
    text: str
    headers: dict[str, str]
    path: str


def writes(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries if query["sql"].startswith(WRITES)]


def body_of(route: str, method: str, ids: Ids) -> object:
    """Return a body that is in order, about what the ids name."""
    brand, campaign = str(ids["brand"]), str(ids["campaign"])
    spend = {"campaign": campaign, "amount": "1.00"}
    creating: dict[str, object] = {
        "api/brands/": {"name": "New", "daily_budget": None, "monthly_budget": None},
        "api/campaigns/": {"brand": brand, "name": "New"},
        "api/schedules/": {"campaign": campaign, "day_of_week": 6, "start_time": "09:00", "end_time": "10:00"},
        "api/spends/": spend,
        "api/spends/bulk/": [spend, spend],
        "api/brands/{pk}/delivery/": {"enabled": True},
        "api/delivery/ack/": {
            "account": "111",
            "items": [{"external_id": str(campaign), "generation": 1, "observed": "PAUSED"}],
        },
        "api/subscriptions/": {"channel": "slack", "brands": [brand], "url": "https://hooks.example.com/T1"},
    }
    changing: dict[str, object] = {
        "api/brands/{pk}/": {"daily_budget": "55.00"},
        "api/campaigns/{pk}/": {"name": "Renamed"},
        "api/schedules/{pk}/": {"is_active": False},
        "api/spends/{pk}/": {"amount": "2.00"},
        "api/subscriptions/{pk}/": {"kinds": ["spend.silent"]},
    }
    if method == "POST":
        return creating.get(route, {})
    return changing.get(route) if method in ("PUT", "PATCH") else None


@override_settings(API_AUTH="closed")
class ApiAccess(Roles, TestCase):
    """Acme and Zephyr have rows of every kind; whoever is of one must not learn of the other's.

    So has Yonder, which is archived: of that not even those learn who have a role in every brand.
    """

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        Brand.objects.filter(pk=self.other.pk).update(name="Zephyr", name_key="zephyr")
        self.onlooker = self.make_user("olga", self.other, Role.VIEWER)
        self.acme = self.rows_of(self.brand, "secret-1")
        self.zephyr = self.rows_of(self.other, "hidden-2")
        archived, _ = self.make_archived("Yonder")
        self.yonder = self.rows_of(archived, "buried-3")
        remove_brand(brand_id=archived.pk, now=self.now, by=ALICE)
        everybody = (*self.viewers, *self.managers, self.administrator, *self.outsiders, self.onlooker)
        self.tokens = {user.pk: self.token(user) for user in everybody}

    def rows_of(self, brand: Brand, word: str) -> Ids:
        campaign = brand.campaigns.get()
        spend = self.spend("5.00", campaign=campaign, external_id=word)
        values: CampaignValues = {"platform": "meta", "external_id": str(campaign.pk), "delivery_enabled": True}
        change_campaign(campaign_id=campaign.pk, values=values, now=self.now, by=ALICE)
        window = self.window(8, 20, campaign=campaign)
        report = Import.objects.create(
            brand=brand,
            platform="meta",
            file_name=f"report {word}.csv",
            sha256="5ec3e7",
            at=self.now,
            finished_at=self.now,
            by="command import_spends",
            rows=1,
            bad_lines=0,
            days=1,
            money_in="1.00",
            money_booked=1,
            rounding="0.00",
        )
        alert = Alert.objects.create(
            kind=AlertKind.SILENT,
            brand=brand,
            campaign=campaign,
            key=alert_key(AlertKind.SILENT, campaign.pk),
            at=self.now,
            message=f"“{campaign}” of “{brand}”: {word}.",
        )
        channel = Subscription.objects.create(channel="webhook", name=f"Hook {word}")
        channel.secrets = {"url": f"https://example.com/{word}", "secret": new_secret()}
        channel.save()
        channel.brands.add(brand)
        return {
            "alert": alert.pk,
            "subscription": channel.pk,
            "brand": brand.pk,
            "campaign": campaign.pk,
            "spend": spend.pk,
            "schedule": window.pk,
            "import": report.pk,
        }

    def call(
        self, method: str, route: str, ids: Ids, user: User | None, query: str = "", body: object = None
    ) -> tuple["Answer", list[str]]:
        """Call as somebody, undo what it did; give the answer, and the statements that wrote."""
        path = "api/nowhere/" if route == MISSING else route
        if "{pk}" in path:
            path = path.replace("{pk}", str(ids[IDS_OF[path.split("/")[1]]]))
        headers = {"Authorization": f"Token {self.tokens[user.pk]}"} if user else {}
        sent = body_of(route, method, ids) if body is None else body
        data = b"" if sent is None else json.dumps(sent).encode()
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            response = self.client.generic(
                method, f"/{path}", data, "application/json", headers=headers, QUERY_STRING=query
            )
            answer = Answer(response.status_code, response.getvalue().decode(), dict(response.headers), f"/{path}")
            transaction.set_rollback(True)
        return answer, writes(queries)

    def cells(self) -> "list[tuple[str, str, Expected]]":
        return [(route, method, TABLE[route].get(method, NOT_ALLOWED)) for route in sorted(TABLE) for method in METHODS]

    def people(self, expected: Expected) -> list[tuple[User, int]]:
        if expected is NOT_ALLOWED:  # answered before anybody's access is asked: one of each role is enough
            few = (self.viewer, self.manager, self.administrator, self.stranger, self.onlooker, self.loner)
            return [(user, expected.viewer) for user in few]
        return [
            *((user, expected.viewer) for user in self.viewers),
            *((user, expected.manager) for user in self.managers),
            (self.administrator, expected.administrator),
            *((user, expected.stranger) for user in (*self.outsiders, self.onlooker)),
        ]

    def foreign(self) -> list[tuple[User, Ids, str]]:
        """Name what does not exist for whom: whose rows, and the `external_id` of their spend."""
        yonder = [(user, self.yonder, "buried-3") for user in self.reach_every_brand]
        acme = [(user, self.acme, "secret-1") for user in (*self.outsiders, self.onlooker)]
        return [*acme, *yonder]

    def secrets_for(self, user: User) -> list[str]:
        """Name what a person must not read in any answer."""
        acme = ["Acme", "Spring sale", "secret-1", *map(str, self.acme.values())]
        zephyr = ["Zephyr", "Theirs", "hidden-2", *map(str, self.zephyr.values())]
        yonder = ["Yonder", "buried-3", *map(str, self.yonder.values())]
        if user == self.administrator:
            return []
        if user in self.reach_every_brand:
            return yonder
        if user in (*self.viewers, *self.managers):
            return [*zephyr, *yonder]
        return [*acme, *yonder] if user in (self.stranger, self.onlooker) else [*acme, *zephyr, *yonder]

    def assert_keeps(self, text: str, user: User, sent: str) -> None:
        """Fail where an answer holds what its reader must not know; what was sent may be said again."""
        leaked = [secret for secret in self.secrets_for(user) if secret in text and secret not in sent]
        self.assertEqual(leaked, [], text[:500])
