"""Who may carry out which action on rows chosen in a list of the admin."""

from itertools import product

from django.contrib.auth.models import User
from django.urls import reverse

from brands.models import Brand, Role
from campaigns.models import Campaign
from tests.access_admin import ACTIONS, WRITING, AdminAccess, Rows


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
                        self.assert_hidden(shown, url, person)

    def test_a_viewer_orders_nothing(self) -> None:
        for person in self.viewers:
            self.check("viewer", person, self.mine, works=False)

    def test_a_manager_orders_what_is_his(self) -> None:
        Campaign.objects.update(paused_by_person=False)
        for person in self.managers:
            self.check("manager", person, self.mine, works=True)

    def test_a_manager_orders_nothing_of_anothers(self) -> None:
        for person in (*self.managers, self.removed):
            self.check("manager", person, self.foreign_to(person), works=False)

    def test_a_manager_orders_nothing_where_he_only_looks_on(self) -> None:
        self.join(self.manager, self.other, Role.VIEWER)
        self.join(self.every_viewer, self.brand, Role.MANAGER)
        for model, names in ACTIONS.items():
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for action, person in product(names, (self.manager, self.every_viewer)):
                sent = {**self.body("", model, self.others), "action": action}
                with self.subTest(action=f"{model.__name__} {action}", person=person):
                    chosen = [str(self.others[model].pk)]
                    _, _, wrote = self.ask(person, "POST", url, {**sent, "_selected_action": chosen})
                    self.assertFalse(wrote)
