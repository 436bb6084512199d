"""Roles in the admin: given in the forms of a user, a group and a brand, and told with where they come from."""

import re
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brands import services as brands
from brands.access.memberships import access_of
from brands.models import Brand, Membership, Role
from tests.browsing import AdminTestCase, Form
from tests.support import ALICE

TWICE = "There is already a membership in every brand: change its role instead."


class MembershipFormsTestCase(AdminTestCase):
    """An agency “Team” that manages every brand, a person in it and one who is not."""

    def setUp(self) -> None:
        super().setUp()
        self.team = Group.objects.create(name="Team")
        Membership.objects.create(group=self.team, role=Role.MANAGER)
        self.inside = User.objects.create_user("ines", first_name="Ines")
        self.inside.groups.add(self.team)
        self.outside = User.objects.create_user("otto")

    def form_for(self, row: User | Group | Brand) -> dict[str, Any]:
        return dict(self.open(self.page_of(row), str(row._meta.model_name)))

    def line(self, number: int, **values: str) -> Form:
        """Fill in a line of the memberships."""
        return {f"memberships-{number}-{name}": value for name, value in {"role": "MANAGER", **values}.items()}

    def refused(self, row: User | Group | Brand, *lines: Form, start: int = 0) -> str:
        """Add lines to a form; give what is said of them, and see that none was added."""
        sent = self.form_for(row) | {"memberships-TOTAL_FORMS": str(start + len(lines))}
        for line in lines:
            sent |= line
        before = list(Membership.objects.order_by("pk").values())
        answer = self.send(self.page_of(row), sent)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(list(Membership.objects.order_by("pk").values()), before)
        (members,) = (one.formset for one in answer.context["inline_admin_formsets"])
        return f"{members.errors} {members.non_form_errors()}"


class GivingTests(MembershipFormsTestCase):
    def test_one_choice_of_a_group_gives_all_that_the_group_may(self) -> None:
        self.assertEqual(self.change(self.outside, groups=str(self.team.pk)).status_code, 302)

        self.assertTrue(access_of(self.outside).may_write(self.brand.pk))
        self.assertIn("Groups", str(LogEntry.objects.get()))
        self.assertEqual(self.change(self.outside, groups=None).status_code, 302)
        self.assertFalse(access_of(self.outside).sees(self.brand.pk))

    def test_a_form_that_was_open_while_a_group_was_taken_away_does_not_give_it_back(self) -> None:
        opened = self.form_for(self.inside)
        self.inside.groups.clear()

        self.assertEqual(self.send(self.page_of(self.inside), {**opened, "last_name": "New"}).status_code, 302)

        self.inside.refresh_from_db()
        self.assertEqual((self.inside.last_name, self.inside.groups.count()), ("New", 0))

    def test_people_and_brands_are_chosen_in_a_groups_form(self) -> None:
        answer = self.send(
            self.url(Group, "add"),
            {
                **self.open(self.url(Group, "add"), "group"),
                "name": "  Readers ",
                "people": [str(self.outside.pk)],
                "memberships-TOTAL_FORMS": "2",
                **self.line(0, every_brand="on", role="VIEWER"),
                **self.line(1, brand=str(self.brand.pk)),
            },
        )

        self.assertEqual(answer.status_code, 302)
        self.assertEqual(list(Group.objects.get(name="Readers").user_set.all()), [self.outside])
        other = self.make_brand("Other")
        access = access_of(self.outside)
        self.assertEqual([access.may_write(one.pk) for one in (self.brand, other)], [True, False])
        self.assertTrue(access.sees(other.pk))
        self.assertContains(self.client.get(self.url(Group, "changelist")), "every brand as viewer, 1 brand by name")

    def test_a_groups_form_that_was_open_meanwhile_lets_nobody_in_or_out(self) -> None:
        opened = self.form_for(self.team) | {"people": [str(self.inside.pk)]}
        self.team.user_set.set([self.outside])

        self.assertEqual(self.send(self.page_of(self.team), {**opened, "name": "Crew"}).status_code, 302)

        self.assertEqual([one.username for one in Group.objects.get(name="Crew").user_set.all()], ["otto"])

    def test_a_group_is_a_member_of_a_brand(self) -> None:
        readers = Group.objects.create(name="Readers")
        sent = self.form_for(self.brand) | {"memberships-TOTAL_FORMS": "1"}
        sent |= self.line(0, group=str(readers.pk), role="VIEWER")

        self.assertEqual(self.send(self.page_of(self.brand), sent).status_code, 302)

        made = Membership.objects.get(group=readers)
        self.assertEqual((made.brand, made.user, made.role), (self.brand, None, Role.VIEWER))

    def test_every_brand_stays_ticked_and_can_become_one_brand(self) -> None:
        form = self.form_for(self.team)
        self.assertEqual(form["memberships-0-every_brand"], "on")
        form |= self.line(0, brand=str(self.brand.pk))
        del form["memberships-0-every_brand"]

        self.assertEqual(self.send(self.page_of(self.team), form).status_code, 302)

        self.assertEqual(Membership.objects.get().brand, self.brand)

    def test_deleting_a_group_ends_what_it_gave(self) -> None:
        answer = self.send(self.page_of(self.team, "delete"), {"post": "yes"})

        self.assertEqual(answer.status_code, 302)
        self.assertFalse(access_of(self.inside).sees(self.brand.pk))
        self.assertTrue(User.objects.filter(pk=self.inside.pk).exists())


class RefusingTests(MembershipFormsTestCase):
    def test_every_brand_must_be_ticked_and_an_empty_line_is_none(self) -> None:
        for row in (self.outside, Group.objects.create(name="New")):
            self.assertIn("Choose a brand, or tick “every brand”.", self.refused(row, self.line(0)))
            both = self.line(0, brand=str(self.brand.pk), every_brand="on")
            self.assertIn("Choose a brand or tick “every brand”, not both.", self.refused(row, both))

    def test_every_brand_twice_is_refused_in_one_form_and_beside_what_is_there(self) -> None:
        every = [self.line(number, every_brand="on") for number in (0, 1)]
        self.assertIn("“every brand” is ticked twice", self.refused(self.outside, *every))
        self.assertIn("“every brand” is ticked twice", self.refused(self.team, every[1], start=1))
        form = self.form_for(self.outside) | {"memberships-TOTAL_FORMS": "1"}
        Membership.objects.create(user=self.outside, role=Role.VIEWER)  # by somebody else, meanwhile
        answer = self.send(self.page_of(self.outside), {**form, **every[0]})
        self.assertContains(answer, TWICE)
        Membership.objects.create(user=self.outside, brand=self.brand, role=Role.VIEWER)
        answer = self.send(self.page_of(self.outside), {**form, **self.line(0, brand=str(self.brand.pk))})
        self.assertContains(answer, "Membership with this User and Brand already exists.")

    def test_a_row_that_somebody_else_has_changed_is_refused_with_both_values(self) -> None:
        other = self.make_brand("Other")
        member = Membership.objects.create(user=self.outside, brand=self.brand, role=Role.VIEWER)
        stands = "manager: reads and writes stands now (otto in Acme: manager: reads and writes)."
        for row, typed, did in (
            (self.outside, {"brand": str(other.pk)}, "you had not changed it"),
            (self.outside, {"DELETE": "on"}, "you remove the row"),
            (self.brand, {"DELETE": "on"}, "you remove the row"),
        ):
            with self.subTest(row, did=did):
                Membership.objects.filter(pk=member.pk).update(role=Role.VIEWER)
                form = self.form_for(row) | {f"memberships-0-{name}": value for name, value in typed.items()}
                Membership.objects.filter(pk=member.pk).update(role=Role.MANAGER)

                answer = self.send(self.page_of(row), form)

                self.assertContains(answer, "this was changed after you had opened it")
                self.assertContains(answer, f"Role: {did}; {stands}")
                member.refresh_from_db()
                self.assertEqual((member.brand, member.role), (self.brand, Role.MANAGER))

        shown = self.read_form(answer.content.decode(), "brand")
        self.assertEqual(self.send(self.page_of(self.brand), shown).status_code, 302)
        self.assertFalse(Membership.objects.filter(pk=member.pk).exists())

    def test_what_was_left_alone_stays_as_somebody_else_has_made_it(self) -> None:
        member = Membership.objects.create(user=self.outside, brand=self.brand, role=Role.VIEWER)
        form = self.form_for(self.outside)
        Membership.objects.filter(pk=member.pk).update(role=Role.MANAGER)

        self.assertEqual(self.send(self.page_of(self.outside), {**form, "last_name": "New"}).status_code, 302)

        member.refresh_from_db()
        self.assertEqual(member.role, Role.MANAGER)

    def test_a_brands_member_is_a_user_or_a_group(self) -> None:
        self.assertIn("Choose a user or a group.", self.refused(self.brand, self.line(0)))
        both = self.line(0, user=str(self.outside.pk), group=str(self.team.pk))
        self.assertIn("Choose a user or a group, not both", self.refused(self.brand, both))
        line = {"group": str(self.team.pk)}
        self.assertIn("duplicate", self.refused(self.brand, self.line(0, **line), self.line(1, **line)))

    def test_a_groups_name_is_clean_and_its_own(self) -> None:
        form = self.open(self.url(Group, "add"), "group")
        for name, says in (("", "required"), (" \u202e ", "U+202E"), ("x" * 151, "150"), ("Team", "already exists")):
            with self.subTest(name=name):
                errors = self.errors(self.send(self.url(Group, "add"), {**form, "name": name}))
                self.assertIn(says, " ".join(errors["name"]))

    def test_people_who_are_not_there_are_in_no_group(self) -> None:
        form = self.form_for(self.team)
        for pk in ("x", "0", "999999"):
            with self.subTest(pk=pk):
                errors = self.errors(self.send(self.page_of(self.team), {**form, "people": [pk]}))
                self.assertIn("people", errors)


class TellingTests(MembershipFormsTestCase):
    """Who may do what, in the form of the brand; what groups add, in the form of the user."""

    def role_lines(self, brand: Brand) -> list[str]:
        """Return the lines of the brand's table as plain text."""
        page = self.client.get(self.page_of(brand)).content.decode()
        cells = page.split("Because of", 1)[1].split("</table>", 1)[0]
        rows = [re.sub(r"<[^>]+>", " ", row) for row in cells.split("<tr>")[1:]]
        return [" ".join(row.split()) for row in rows]

    def test_a_brands_form_tells_everybodys_highest_role_and_all_that_gives_one(self) -> None:
        Membership.objects.create(user=self.inside, brand=self.brand, role=Role.VIEWER)
        Membership.objects.create(user=self.outside, brand=self.make_brand("Other"), role=Role.MANAGER)
        gone = User.objects.create_user("gus", is_active=False)
        gone.groups.add(self.team)

        self.assertEqual(
            self.role_lines(self.brand),
            [
                "ana administrator administrator: every brand, archived ones too",
                "ines Ines manager manager: group Team , every brand viewer: own membership, this brand",
            ],
        )

    def test_the_table_agrees_with_the_access(self) -> None:
        Membership.objects.create(user=self.outside, brand=self.brand, role=Role.VIEWER)
        User.objects.create_user("lola")
        roles = {row.split()[0]: "manager" in row or "administrator" in row for row in self.role_lines(self.brand)}
        for user in User.objects.all():
            access = access_of(user)
            self.assertEqual(access.sees(self.brand.pk), user.username in roles, user)
            self.assertEqual(access.may_write(self.brand.pk), roles.get(user.username, False), user)

    def test_it_is_told_to_administrators_alone(self) -> None:
        self.client.force_login(self.inside)
        page = self.client.get(self.page_of(self.brand))
        self.assertContains(page, "Acme")
        for words in ("Who may do what", "Because of", self.page_of(self.admin)):
            self.assertNotContains(page, words)

    def test_of_an_archived_brand_it_says_that_administrators_alone_see_it(self) -> None:
        self.spend("1.00")
        brands.remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertContains(self.client.get(self.page_of(self.brand)), "administrators alone see it")

    def test_a_users_form_tells_what_the_groups_add(self) -> None:
        page = self.client.get(self.page_of(self.inside))
        self.assertContains(page, "every brand</td>")
        self.assertContains(page, f'<a href="{self.page_of(self.team)}">Team</a>')
        self.assertContains(self.client.get(self.page_of(self.outside)), "in no group that reaches a brand")

    def test_more_people_and_groups_cost_no_more_queries(self) -> None:
        def count() -> list[int]:
            counts = []
            for url in (self.page_of(self.brand), self.page_of(self.inside), self.url(Group, "changelist")):
                self.client.get(url)
                with CaptureQueriesContext(connection) as queries:
                    self.assertEqual(self.client.get(url).status_code, 200)
                counts.append(len(queries))
            return counts

        before = count()
        for number in range(8):
            group = Group.objects.create(name=f"Group {number}")
            Membership.objects.create(group=group, brand=self.make_brand(f"Brand {number}"))
            Membership.objects.create(group=group, role=Role.VIEWER)
            for name in "abc":
                User.objects.create_user(f"{name}{number}").groups.add(group)
            self.inside.groups.add(group)
        self.assertEqual(count(), before)
