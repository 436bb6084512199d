"""The rows of the admin's lists, beside those that the library draws."""

from typing import Any
from unittest.mock import patch

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db import models
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from unfold.admin import checkbox
from unfold.templatetags.unfold_list import items_for_result, result_headers

from brands.models import Brand, Change
from budget_system.admin import list_rows
from campaigns.models import Campaign, StatusEvent
from spending.models import Reset, Spend
from tests.browsing import AdminTestCase

MODELS: tuple[type[models.Model], ...] = (Brand, Campaign, Spend, StatusEvent, Change, Reset, User, PeriodicTask)


class ListRowTests(AdminTestCase):
    def test_rows_are_those_that_the_library_draws(self) -> None:
        self.spend("100.00")
        interval = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.MINUTES)
        PeriodicTask.objects.create(name="another", task="tasks.tick", interval=interval)
        for model in MODELS:
            for asked in ({}, {"_popup": "1"}):
                page = self.client.get(self.url(model, "changelist"), asked)
                changelist = page.context["cl"]
                rows = list_rows.list_rows({"request": page.wsgi_request}, changelist)["rows"]
                drawn = [self.drawn_by_the_library(changelist, row) for row in changelist.result_list]
                self.assertEqual([_plain(row) for row in rows], drawn, model)

    def test_the_headers_are_worked_out_once_for_a_page(self) -> None:
        for number in range(3):
            self.make_campaign(f"Another {number}")
        with patch.object(list_rows, "result_headers", wraps=result_headers) as worked_out:
            page = self.client.get(self.url(Campaign, "changelist"))

        self.assertEqual(len(page.context["cl"].result_list), 4)
        self.assertEqual(worked_out.call_count, 1)

    def test_the_box_of_a_row_is_the_librarys(self) -> None:
        drawn = admin.site._registry[Campaign].action_checkbox(self.campaign)

        self.assertEqual(drawn, checkbox.render(ACTION_CHECKBOX_NAME, str(self.campaign.pk)))

    def drawn_by_the_library(self, changelist: Any, row: models.Model) -> str:
        return _plain("".join(items_for_result(changelist, row, None)))


def _plain(row: str) -> str:
    """Return a row without what the library's spelling adds: blanks within tags, and a class that no style has."""
    return " ".join(row.replace(" nowrap", "").split()).replace(" >", ">")
