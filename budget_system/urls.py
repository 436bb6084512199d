"""Where everything is."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import DefaultRouter

from alerts.api.alerts import AlertViewSet
from alerts.api.subscriptions import SubscriptionViewSet
from alerts.shared_pages import unsubscribe
from brands.api.brands import BrandViewSet
from brands.shared_pages import shared_month
from budget_system.api.not_found import missing
from budget_system.health.views import health
from budget_system.metrics.views import metrics
from campaigns.api.campaigns import CampaignViewSet
from delivery.api.feed import DeliveryViewSet
from scheduling.api import ScheduleViewSet
from spending.api.imports import ImportViewSet
from spending.api.pacing import PacingViewSet
from spending.api.spends import SpendViewSet

admin.autodiscover()

router = DefaultRouter()
router.include_format_suffixes = False
router.register("brands", BrandViewSet, basename="brand")
router.register("campaigns", CampaignViewSet, basename="campaign")
router.register("spends", SpendViewSet, basename="spend")
router.register("schedules", ScheduleViewSet, basename="schedule")
router.register("imports", ImportViewSet, basename="import")
router.register("alerts", AlertViewSet, basename="alert")
router.register("delivery", DeliveryViewSet, basename="delivery")
router.register("subscriptions", SubscriptionViewSet, basename="subscription")
router.register("pacing", PacingViewSet, basename="pacing")

handler400 = "budget_system.web.error_views.bad_request"
handler403 = "budget_system.web.error_views.forbidden"
handler404 = "budget_system.web.error_views.not_found"
handler500 = "budget_system.web.error_views.server_error"

docs = SpectacularSwaggerSplitView.as_view(
    url_name="schema", http_method_names=["get", "head"]
)  # its OPTIONS is a fault

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index", http_method_names=["get", "head"])),
    path("admin/", include("budget_system.accounts.urls")),
    path("admin/", admin.site.urls),
    path("health/", health, name="health"),
    path("metrics", metrics, name="metrics"),  # without a slash, where Prometheus looks unless told otherwise
    path("month/<str:token>/", shared_month, name="shared_month"),
    path("unsubscribe/<str:token>/", unsubscribe, name="unsubscribe"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs, name="docs"),
    path("api/", include(router.urls)),
    re_path("^api(/.*)?$", missing),
]
