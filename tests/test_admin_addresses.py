"""Nothing that stands in an address of the admin is a fault of ours, nor asks for more than the page offers."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple
from urllib.parse import quote

from django.db import models, transaction
from django.test import tag
from django.urls import reverse

from brands.models import Brand, Change
from campaigns.models import Campaign, StatusEvent
from scheduling.models import Schedule
from spending.models import Import, Reset, Spend
from tests.browsing import AdminTestCase
from tests.routes import admin_pages
from tests.sampling import sample

ODD_EVERYWHERE = (
    *("q=%00", "p=99999999999999999999", "p=-1", "o=99.1", "o=x", "all=", "foo=bar", "foo=%00", "_facets=1"),
    *("id=x", "id__exact=%00", "id=99999999999999999999", "pk=%00", "_to_field=id"),
)
ODD: dict[type[models.Model], tuple[str, ...]] = {
    Spend: (
        *("spend_date__year=99999999999999", "spend_date__year=x", "spend_date__year=2026&spend_date__month=99"),
        *("spend_date__year=2026&spend_date__month=2&spend_date__day=31", "spend_date__gte=x", "spend_date_from=x"),
        *("spend_date_from=%00&spend_date_to=9999-99-99", "spend_type__exact=%00", "spend_type__exact=x"),
        *("campaign__id__exact=%00", "campaign__id__exact=x", "campaign__brand__id__exact=99999999999999999999"),
        *("amount__gt=1e999", "created_at__year=0", "external_id=%00", "description__regex=("),
    ),
    StatusEvent: (
        *("at__year=99999", "at__year=0", "at__year=9999&at__month=12&at__day=31", "order__exact=%00"),
        *("to_status__exact=%00", "figures__foo=%00", "note__iregex=%5B"),
    ),
    Campaign: ("status__exact=%00", "archived=%00", "platform__exact=%00", "status_events=x", "name=%00"),
    Brand: ("is_held__exact=2", "currency=%00", "currency__exact=%00", "daily_budget__range=1", "memberships=x"),
    Change: ("kind=%00", "action__exact=%00", "before__name=%00", "at__year=99999"),
    Import: ("rows__gt=99999999999999999999", "sha256=%00", "platform__exact=%00"),
    Reset: ("period__exact=%00", "cleared__gt=99999999999999999999"),
    Schedule: ("day_of_week__exact=99999999999999999999", "day_of_week__exact=x", "is_active__exact=7"),
}
ODD_IDS = ("\0", "x", "9" * 30, "_5F", "x" * 3000, "😀")
ELSEWHERE = (
    *("search/?s=%00", "login/?next=%00", "spending/import/import/?brand=%00", "spending/import/import/?brand=x"),
    *(
        "spending/spend/add/?campaign=x",
        "spending/spend/add/?campaign=%00&amount=%00",
        "campaigns/campaign/add/?brand=x",
    ),
)


class Odd(NamedTuple):
    """An address, and what is odd in it, whichever model's page it is."""

    address: str
    kind: str


def lists() -> Iterator[str]:
    for model in admin_pages():
        yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def addresses() -> Iterator[Odd]:
    for model, address in zip(admin_pages(), lists(), strict=True):
        yield from (Odd(f"{address}?{query}", query) for query in (*ODD_EVERYWHERE, *ODD.get(model, ())))
        for page, odd in product(("change", "history", "delete"), ODD_IDS):
            yield Odd(f"{address}{quote(odd)}/{page}/", f"{odd} {page}")
    for name in ("autocomplete", "campaigns_campaign_choices"):
        for asked in ("spending&model_name=spend&field_name=campaign", "spending&model_name=import&field_name=brand"):
            for more in ("", "&term=%00", "&page=x"):
                yield Odd(f"{reverse(f'admin:{name}')}?app_label={asked}{more}", f"{name}{more}")
        users = f"{reverse(f'admin:{name}')}?app_label=brands&model_name=membership&field_name=user&term=%00"
        yield Odd(users, f"{name} of users")
    yield from (Odd(f"/admin/{path}", path) for path in ELSEWHERE)


class AddressTests(AdminTestCase):
    @tag("both_databases")
    def test_whatever_an_address_says_is_no_fault_of_ours(self) -> None:
        self.spend("1.00")
        self.client.raise_request_exception = False
        asked = list(addresses())
        self.assertGreater(len(asked), 400)
        for address, _ in sample(asked, lambda one: one.kind, each=2):
            with self.subTest(address=address), transaction.atomic():
                self.assertLess(self.client.get(address).status_code, 500)
                transaction.set_rollback(True)

    @tag("both_databases")
    def test_an_action_for_what_is_no_id_is_no_fault_of_ours(self) -> None:
        self.client.raise_request_exception = False
        sent = product(lists(), ("delete_selected", "revoke"), ("\0", "x", "9" * 30, ""))
        for address, action, chosen in sample(sent, lambda one: one[:2]):
            with self.subTest(address=address, chosen=chosen), transaction.atomic():
                form = {"action": action, "_selected_action": [chosen], "post": "yes"}
                self.assertLess(self.client.post(address, form).status_code, 500)
                transaction.set_rollback(True)

    def test_a_list_is_asked_only_what_its_filters_offer(self) -> None:
        self.spend("1.00")
        address = reverse("admin:spending_spend_changelist")
        for query in ("description__regex=(a%2B)%2B$", "created_by__startswith=a", "campaign__name_key=x", "amount=9"):
            answer = self.client.get(f"{address}?{query}", follow=True)
            self.assertEqual(answer.redirect_chain, [(f"{address}?e=1", 302)], query)
            self.assertContains(answer, "is not understood, so the whole list is shown")
            self.assertContains(answer, "1.00 USD")

    def test_what_the_filters_offer_is_asked(self) -> None:
        spend = self.spend("1.00")
        address = reverse("admin:spending_spend_changelist")
        for query, found in {
            f"campaign__id__exact={self.campaign.pk}": True,
            f"campaign__brand__id__exact={self.brand.pk}": True,
            f"spend_date_from={spend.spend_date}": True,
            "spend_date_to=2001-01-01": False,
            "spend_type__exact=MONTHLY": False,
        }.items():
            answer = self.client.get(f"{address}?{query}")
            self.assertEqual((answer.status_code, "1.00 USD" in answer.content.decode()), (200, found), query)
