"""Orders for brands: hold, release, enforce now, reset."""

from collections.abc import Collection, Sequence
from urllib.parse import quote
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action

from brands.admin.holding import HOLD, RELEASE
from brands.models import Brand
from budget_system.admin.changelists import actor
from budget_system.admin.confirmations import Confirmation, confirmation_page, confirmed_note, note_form, selected_rows
from budget_system.admin.ordering import OrderingAdmin
from budget_system.core.money import money
from spending.enforcement import recounts, resets
from spending.models import Period

PERIODS = {Period.DAY: "daily", Period.MONTH: "monthly"}


class BrandOrders(OrderingAdmin[Brand]):
    """Orders for the brands chosen in the list, and for the one on the page."""

    @admin.action(description="Hold…", permissions=["change"])
    def hold(self, request: HttpRequest, queryset: QuerySet[Brand]) -> HttpResponse | None:
        """Hold the brands, after asking for a note."""
        return self.order_many(request, queryset, HOLD)

    @admin.action(description="Release…", permissions=["change"])
    def release(self, request: HttpRequest, queryset: QuerySet[Brand]) -> HttpResponse | None:
        """Release the brands, after asking for a note."""
        return self.order_many(request, queryset, RELEASE)

    @action(description="Hold…", url_path="hold", permissions=["change"])  # type: ignore[untyped-decorator]
    def hold_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then hold the brand."""
        return self.order_one(request, object_id, HOLD)

    @action(description="Release…", url_path="release", permissions=["change"])  # type: ignore[untyped-decorator]
    def release_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then release the brand."""
        return self.order_one(request, object_id, RELEASE)

    @action(description="Import a report", url_path="import", permissions=["change"])  # type: ignore[untyped-decorator]
    def import_report(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Redirect to the page that imports a report of this brand."""
        return HttpResponseRedirect(f"{reverse('admin:spending_import_import_report')}?brand={quote(object_id)}")

    def pointless_orders(self, row: Brand) -> Collection[str]:
        """Return the one of the two that would change nothing."""
        return ("hold_one",) if row.is_held else ("release_one",)

    @admin.action(description="Enforce budgets now", permissions=["change"])
    def enforce_budgets(self, request: HttpRequest, queryset: QuerySet[Brand]) -> None:
        """Recount the current day and month from the ledger, and decide every campaign."""
        counts = recounts.recount_budgets(now=timezone.now(), by=actor(request), brand_ids=_ids(queryset))
        self._show_counts(request, "Budgets enforced", counts.budget_counts())

    @admin.action(description="Enforce dayparting now", permissions=["change"])
    def enforce_dayparting(self, request: HttpRequest, queryset: QuerySet[Brand]) -> None:
        """Decide the windows of every campaign."""
        counts = recounts.decide_windows(now=timezone.now(), by=actor(request), brand_ids=_ids(queryset))
        self._show_counts(request, "Dayparting enforced", counts.dayparting_counts())

    @admin.action(description="Reset daily spend…", permissions=["change"])
    def reset_daily(self, request: HttpRequest, queryset: QuerySet[Brand]) -> HttpResponse | None:
        """Ask for confirmation, then clear today's counters."""
        return self._reset(request, queryset, "reset_daily", [Period.DAY])

    @admin.action(description="Reset monthly spend…", permissions=["change"])
    def reset_monthly(self, request: HttpRequest, queryset: QuerySet[Brand]) -> HttpResponse | None:
        """Ask for confirmation, then clear this month's counters."""
        return self._reset(request, queryset, "reset_monthly", [Period.MONTH])

    @admin.action(description="Reset daily and monthly spend…", permissions=["change"])
    def reset_both(self, request: HttpRequest, queryset: QuerySet[Brand]) -> HttpResponse | None:
        """Ask for confirmation, then clear both."""
        return self._reset(request, queryset, "reset_both", [Period.DAY, Period.MONTH])

    def _reset(
        self, request: HttpRequest, queryset: QuerySet[Brand], name: str, periods: Sequence[Period]
    ) -> HttpResponse | None:
        now, brand_ids = timezone.now(), _ids(queryset)
        form = note_form(request)
        if (note := confirmed_note(request, form)) is not None:
            counts = resets.reset(periods=periods, brand_ids=brand_ids, note=note, now=now, by=actor(request))
            self._show_counts(request, "Reset completed", counts.reset_counts())
            return None
        clearings = resets.preview(periods=periods, brand_ids=brand_ids, now=now)
        question = Confirmation(
            title=f"Reset {' and '.join(PERIODS[period] for period in periods)} spend",
            text="These counters would be cleared. The ledger stays as it is; campaigns that may run again wake, "
            "what a person paused stays paused.",
            button="Reset",
            columns=("Brand", "Counter", "To be cleared", "Campaigns"),
            rows=[
                (
                    clearing.brand.name,
                    f"{clearing.period.label} of {clearing.start}",
                    f"{money(clearing.amount, clearing.brand.currency)} {clearing.brand.currency}",
                    str(clearing.campaigns),
                )
                for clearing in clearings
            ],
            nothing="Nothing is spent in these periods, so there is nothing to clear.",
        )
        return confirmation_page(
            self, request, question, form, back=self.list_url(), hidden=selected_rows(request, name, queryset)
        )

    def _show_counts(self, request: HttpRequest, what: str, counts: dict[str, int]) -> None:
        listed = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items())
        level = messages.ERROR if counts["errors"] else messages.SUCCESS
        self.message_user(request, f"{what}: {listed}.", level)


def _ids(queryset: QuerySet[Brand]) -> Collection[UUID]:
    return list(queryset.order_by().values_list("pk", flat=True))
