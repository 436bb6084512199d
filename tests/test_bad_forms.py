"""What a form of the admin must not let in: each bad value is refused at its field, and nothing changes.

Everyday runs try a value for each field and reason; all values are tried in the long doses.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import models
from rest_framework.test import APIClient

from brands.models import Brand, Membership, Role, Token
from campaigns.models import Campaign
from scheduling.models import Schedule
from spending.models import Spend
from tests.bad_inputs.bodies import BAD, Bad
from tests.bad_inputs.dumps import dump
from tests.bad_inputs.forms import BAD_FORMS, BAD_MEMBERS, FORMS, READ_AS_TYPED, BadForm
from tests.browsing import AdminTestCase, Form
from tests.sampling import SOAK, sample

MODELS: Mapping[str, type[models.Model]] = {
    "brands": Brand,
    "campaigns": Campaign,
    "spends": Spend,
    "schedules": Schedule,
    "tokens": Token,
}


def reason_of(bad: Bad | BadForm) -> tuple[str, str, str]:
    """Return what a bad value is an example of."""
    return bad.kind, bad.field, bad.says


class FormTestCase(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.rows: Mapping[str, models.Model] = {
            "brands": self.brand,
            "campaigns": self.campaign,
            "spends": self.spend("5.00", external_id="A1"),
            "schedules": self.window(9, 18),
        }
        self.user = User.objects.create_user("uma", password="uma")
        self.inactive = User.objects.create_user("gus", password="gus", is_active=False)
        self.before = dump()

    def typed(self, kind: str) -> dict[str, str]:
        """Return what would be typed to add a row."""
        campaign = str(self.campaign.pk)
        typed: Mapping[str, dict[str, str]] = {
            "brands": {"name": "Broke", "daily_budget_no_limit": "on", "monthly_budget_no_limit": "on"},
            "campaigns": {"brand": str(self.brand.pk), "name": "Autumn sale"},
            "spends": {"campaign": campaign, "amount": "1.00"},
            "schedules": {"campaign": campaign, "day_of_week": "6", "start_time": "09:00", "end_time": "18:00"},
            "tokens": {"user": str(self.user.pk)},
        }
        return typed[kind]

    def form_for(self, row: models.Model) -> Form:
        """Open the form in which a row is changed; nothing bad changes what it holds, so once is enough."""
        return self.open(self.page_of(row), str(row._meta.model_name))

    def form_of(self, kind: str) -> Form:
        """Open the form in which a row is added, and type what is good."""
        model = MODELS[kind]
        return {**self.open(self.url(model, "add"), str(model._meta.model_name)), **self.typed(kind)}

    def add(self, kind: str, form: Form, **values: str) -> Any:
        boxes = {f"{name}_no_limit" for name in values}
        form = {name: value for name, value in form.items() if name not in boxes}
        return self.send(self.url(MODELS[kind], "add"), {**form, **values})


class SameWordsTests(FormTestCase):
    """A form of the admin refuses what the API refuses, in the same words."""

    def test_a_form_refuses_in_the_words_of_the_api(self) -> None:
        api, compared, added = APIClient(), 0, set[tuple[str, str, str]]()  # a page for each reason is enough
        forms = {kind: self.form_of(kind) for kind in FORMS}
        changed = {kind: self.form_for(self.rows[kind]) for kind in FORMS}
        read_alike = {kind: fields - READ_AS_TYPED for kind, fields in FORMS.items()}
        typed = [bad for bad in BAD if isinstance(bad.value, str) and bad.field in read_alike[bad.kind]]
        for bad in sample((bad for bad in typed if str(bad.value).strip()), reason_of):
            row, bodies = self.rows[bad.kind], {"brands": {"daily_budget": None, "monthly_budget": None}}
            value = str(bad.value)
            with self.subTest(bad=bad, page="change"):
                api_errors = api.patch(f"/api/{bad.kind}/{row.pk}/", {bad.field: value}, format="json").json()[
                    bad.field
                ]
                answer = self.send(self.page_of(row), {**changed[bad.kind], bad.field: value})
                self.assertEqual(self.errors(answer)[bad.field], api_errors)
                compared += 1
            if reason_of(bad) in added:
                continue
            added.add(reason_of(bad))
            with self.subTest(bad=bad, page="add"):
                asked = {name: typed for name, typed in self.typed(bad.kind).items() if "_no_limit" not in name}
                body: dict[str, object] = {**bodies.get(bad.kind, {}), **asked, bad.field: value}
                body |= {"day_of_week": 6} if bad.kind == "schedules" else {}
                api_errors = api.post(f"/api/{bad.kind}/", body, format="json").json()[bad.field]
                errors = self.errors(self.add(bad.kind, forms[bad.kind], **{bad.field: value}))
                self.assertEqual(errors, {bad.field: api_errors})
        self.assertGreater(compared, 40 if SOAK else 20)
        self.assertGreater(len(added), 20)
        self.assertEqual(dump(), self.before)


class AddingTests(FormTestCase):
    def test_what_is_good_would_be_added(self) -> None:
        for kind, model in MODELS.items():
            with self.subTest(kind):
                count = model._base_manager.count()
                self.assertIn(self.add(kind, self.form_of(kind)).status_code, (200, 302))
                self.assertEqual(model._base_manager.count(), count + 1)

    def test_a_bad_value_is_refused_at_its_field_when_a_row_is_added(self) -> None:
        forms = {kind: self.form_of(kind) for kind in MODELS}
        for bad in sample(BAD_FORMS, lambda one: (*reason_of(one), one.value.isspace())):
            with self.subTest(bad=bad):
                value = bad.value.replace("{inactive}", str(self.inactive.pk))
                errors = self.errors(self.add(bad.kind, forms[bad.kind], **{bad.field: value}))
                self.assertEqual(list(errors), [bad.field])
                self.assertIn(bad.says, " ".join(errors[bad.field]))
        self.assertEqual(dump(), self.before)

    def test_a_form_without_anything_in_it_adds_nothing(self) -> None:
        for kind in MODELS:
            with self.subTest(kind):
                self.assertGreater(len(self.errors(self.add(kind, {}))), 0)
        self.assertEqual(dump(), self.before)


class MembershipTests(FormTestCase):
    """Memberships are added in the forms of the brand and of the user."""

    def send_bad(self, row: models.Model, form: Form, other: str, member: str, values: Mapping[str, str]) -> Any:
        good = {"TOTAL_FORMS": "1", f"0-{other}": member, "0-role": Role.VIEWER.value}
        wrong = {name.format(other=other): value.format(member=member) for name, value in values.items()}
        sent = {f"memberships-{name}": value for name, value in {**good, **wrong}.items()}
        return self.send(self.page_of(row), {**form, **sent})

    def test_a_good_one_would_be_added(self) -> None:
        for row, other, member in ((self.brand, "user", self.user.pk), (self.user, "brand", self.brand.pk)):
            with self.subTest(page=row):
                answer = self.send_bad(row, self.form_for(row), other, str(member), {})
                self.assertEqual(answer.status_code, 302)
                Membership.objects.get().delete()

    def test_a_bad_one_is_refused_with_its_reason(self) -> None:
        for row, other, member in ((self.brand, "user", self.user.pk), (self.user, "brand", self.brand.pk)):
            form = self.form_for(row)
            bad = BAD_MEMBERS if other == "user" else BAD_MEMBERS[:7]  # there the brand alone differs
            for values, says in sample(bad, lambda one: (*one[0], one[1])):
                with self.subTest(page=row, values=values):
                    answer = self.send_bad(row, form, other, str(member), values)
                    self.assertEqual(answer.status_code, 200)
                    (members,) = (one.formset for one in answer.context["inline_admin_formsets"])
                    self.assertIn(says, f"{members.errors} {members.non_form_errors()}")
        self.assertEqual(dump(), self.before)
