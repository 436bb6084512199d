"""What needs a person today."""

from decimal import Decimal

from django.contrib.auth.models import User

from brands.models import Brand
from budget_system.core.actors import FULL_ACCESS, BrandAccess
from spending.reports.today.clocks import clocks_of
from spending.reports.today.matter import Matter, MatterKind
from spending.reports.today.matters import Matters, read_matters
from spending.reports.today.put_away import read_put_away
from tests.support import AgencyTestCase


class MatterTestCase(AgencyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.person = User.objects.create_user("pat")
        self.access: BrandAccess = FULL_ACCESS

    def read(self) -> Matters:
        clocks = clocks_of(Brand.objects.all(), now=self.now)
        away = read_put_away(self.person)
        return read_matters(
            clocks, self.access, self.person, put_away=away, running=1, has_campaigns=False, page=(20, 0), now=self.now
        )[0]

    def of(self, kind: MatterKind) -> list[Matter]:
        return [one for one in self.read().shown if one.kind == kind]


class BudgetTests(MatterTestCase):
    def test_a_used_up_budget(self) -> None:
        self.spend("112.50")
        (matter,) = self.of(MatterKind.USED_UP)
        self.assertEqual((matter.owner, matter.period, matter.size), (self.brand, "day", Decimal("112.5")))
