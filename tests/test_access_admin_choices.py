"""What the admin offers to choose: as one types, in filters, searches and the navigation."""

import re
from itertools import product
from uuid import uuid4

from django.contrib.auth.models import User
from django.urls import reverse

from brands.models import Brand
from campaigns.models import Campaign, StatusEvent
from scheduling.models import Schedule
from spending.models import Import, Reset, Spend
from tests.access_admin import OWNED, AdminAccess


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
            for person in (*self.viewers, *self.managers, *self.outsiders[1:]):
                with self.subTest(name=name, typed=path, person=person):
                    self.client.force_login(person)
                    answer = self.client.get(reverse(f"admin:{name}"), {**query, "term": path})
                    self.assertEqual(answer.status_code, 200)
                    self.assert_hidden(answer.content.decode(), "", person)
                    found = bool(answer.json()["results"])
                    own = path != "Zanzibar" or person in self.reach_every_brand
                    self.assertEqual(found, own and person in (*self.viewers, *self.managers))

    def test_users_are_found_by_administrators_alone(self) -> None:
        for field in ("user", "group", "brand"):
            query = {"app_label": "brands", "model_name": "membership", "field_name": field, "term": "stan"}
            for person in (*self.managers, self.administrator):
                self.client.force_login(person)
                answer = self.client.get(reverse("admin:autocomplete"), query)
                allowed = field == "brand" or person == self.administrator
                self.assertEqual(answer.status_code, 200 if allowed else 403, (field, person))

    def test_a_filter_by_anothers_row_shows_nothing_of_it(self) -> None:
        for person in (self.viewer, self.grouped, self.every_viewer, self.every_grouped, self.removed):
            self.check_filters(person)

    def check_filters(self, person: User) -> None:
        self.client.force_login(person)
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
            with self.subTest(model=model.__name__, filter=path, person=person):
                url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                pages = [
                    self.client.get(url, {path: str(pk)}).content.decode().replace(str(pk), "?")
                    for pk in (self.foreign_to(person)[row].pk, uuid4())
                ]
                self.assert_hidden(pages[0], "", person)
                strip = re.compile(r'(value|nonce|id|for)="[^"]*"|csrf[^>]*|select2-data[^"]*')
                self.assertEqual(strip.sub("", pages[0]), strip.sub("", pages[1]))

    def test_a_search_finds_nothing_of_anothers(self) -> None:
        for model, person in product(OWNED, (*self.viewers, *self.managers, self.removed)):
            self.client.force_login(person)
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            self.assert_hidden(self.client.get(url, {"q": "sale"}).content.decode(), "", person)

    def test_the_navigation_shows_what_one_may_see(self) -> None:
        lists = {
            model: reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in OWNED
        }
        for_administrators = (
            *("/admin/auth/user/", "/admin/auth/group/"),
            *("/admin/brands/token/", "/admin/axes/accessattempt/"),
        )
        for person in (*self.viewers, *self.managers, self.loner, self.administrator):
            self.client.force_login(person)
            page = self.client.get("/admin/").content.decode()
            for url in lists.values():
                self.assertIn(f'href="{url}"', page)
            for url in for_administrators:
                self.assertEqual(f'href="{url}"' in page, person == self.administrator, url)
