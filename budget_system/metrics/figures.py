"""The figures that the database and the broker hold, read anew for each scrape.

Counters are of the current day in UTC and begin again at its midnight, which `rate()` and `increase()` take for what it
is, a restart: so no process has to keep them, and none is lost with one. Between two midnights none may fall, or all of
it would be counted once more.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import redis
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from alerts.models import Alert
from brands.models import Change, ChangeAction, of_living_brand
from budget_system.core.identifiers import first_uuid7
from budget_system.health.checks import CACHED_HEALTH, HEALTHY
from budget_system.operations.broker import client_of
from budget_system.operations.databases import is_outage
from budget_system.web.database_errors import log_outage
from campaigns.models import Campaign, CampaignStatus, StatusEvent
from delivery.models import (
    Account,
    AccountState,
    Attempt,
    Channel,
    Delivery,
    DeliveryState,
    Message,
    MessageState,
)
from spending.models import ReportJob, Spend
from spending.models.jobs import LIVE
from tasks.heartbeats import TICK_COMMAND, TICK_PERIODS
from tasks.models import Heartbeat

QUEUE: Final = "celery"
"""The name of the queue, and of its list in Redis behind the key prefix."""

BROKER_TIMEOUT: Final = 1.0
"""Seconds that the broker has to tell the length of its queue."""


class StoredFigures(Collector):
    """What is stored, as metrics."""

    def collect(self) -> Iterator[Metric]:
        """Return the metrics; those of a database or a broker that does not answer are left out."""
        now = timezone.now()
        parts = CACHED_HEALTH.answer()
        up = GaugeMetricFamily(
            "budget_up", "1 where this part of the system works, as /health/ judges it.", labels=["part"]
        )
        for name, part in parts.items():
            up.add_metric([name], part.status == HEALTHY)
        yield up
        if parts["database"].status == HEALTHY:
            yield from _of_database(now)
        if parts["broker"].status == HEALTHY:
            yield from _queue()


def _of_database(now: datetime) -> list[Metric]:
    try:
        return [*_ticks(now), *_campaigns(now), *_booked(now), *_reports(), *_messages(now), *_deliveries()]
    except (OperationalError, InterfaceError) as error:  # it has gone since it was asked whether it is there
        if not is_outage(error):
            raise
        log_outage(error)
        return []


def _ticks(now: datetime) -> Iterator[Metric]:
    ages = GaugeMetricFamily(
        "budget_tick_age_seconds", "Seconds since a tick last finished; it grows where none does.", labels=["task"]
    )
    durations = GaugeMetricFamily("budget_tick_duration_seconds", "How long its last run took.", labels=["task"])
    for beat in Heartbeat.objects.filter(name__in=(*TICK_PERIODS, TICK_COMMAND)):
        ages.add_metric([beat.name], (now - beat.finished_at).total_seconds())
        if beat.seconds is not None:
            durations.add_metric([beat.name], beat.seconds)
    yield from (ages, durations)


def _campaigns(now: datetime) -> Iterator[Metric]:
    # Without a join of brands, by which SQLite would look up each campaign by itself.
    living = Campaign.everything.filter(of_living_brand("brand"), archived_at__isnull=True)
    found = living.order_by().values_list("status", "pause_reason").annotate(Count("pk"))
    campaigns = GaugeMetricFamily(
        "budget_campaigns", "Campaigns that are not archived, by status and reason.", labels=["status", "reason"]
    )
    for status, reason, number in found:
        campaigns.add_metric([status, reason or ""], number)
    waiting = Campaign.objects.filter(next_transition_at__lt=now).aggregate(
        number=Count("pk"), since=Min("next_transition_at")
    )
    due_campaigns = GaugeMetricFamily(
        "budget_campaigns_due", "Campaigns whose hours have turned, until a tick decides them."
    )
    due_campaigns.add_metric([], waiting["number"])
    late = GaugeMetricFamily("budget_campaigns_due_seconds", "For how long the one that waits longest has waited.")
    late.add_metric([], (now - waiting["since"]).total_seconds() if waiting["since"] else 0)
    yield from (campaigns, due_campaigns, late)


def _booked(now: datetime) -> Iterator[Metric]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spends = CounterMetricFamily("budget_spends_booked", "Ledger entries booked, since 00:00 UTC.")
    first = first_uuid7(midnight)
    gone = Change.objects.filter(
        at__gte=midnight, kind=Spend._meta.model_name, action=ChangeAction.DELETED, object_id__gte=first
    )
    spends.add_metric([], Spend.objects.filter(pk__gte=first).count() + gone.count())
    changes = CounterMetricFamily(
        "budget_status_changes", "Pauses and resumptions, since 00:00 UTC.", labels=["status", "reason"]
    )
    changed = StatusEvent.objects.filter(at__gte=midnight, to_status__in=CampaignStatus.values)
    for status, reason, number in changed.order_by().values_list("to_status", "pause_reason").annotate(Count("pk")):
        changes.add_metric([status, reason or ""], number)
    yield from (spends, changes)


def _reports() -> Iterator[Metric]:
    reports = GaugeMetricFamily(
        "budget_report_jobs", "Reports that wait for the worker, or that it is at.", labels=["state"]
    )
    number_of = dict(ReportJob.objects.live().order_by().values_list("state").annotate(Count("pk")))
    for state in LIVE:
        reports.add_metric([state], number_of.get(state, 0))
    yield reports


def _messages(now: datetime) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("budget_messages_waiting", "Messages that are still to be sent.", labels=["channel"])
    found = dict(Message.objects.filter(due_at__isnull=False).order_by().values_list("channel").annotate(Count("pk")))
    for channel in Channel.values:
        waiting.add_metric([channel], found.get(channel, 0))
    oldest = Message.objects.filter(due_at__lt=now).aggregate(at=Min("due_at"))["at"]
    age = GaugeMetricFamily("budget_outbox_age_seconds", "For how long the message that waits longest has been due.")
    age.add_metric([], (now - oldest).total_seconds() if oldest else 0)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    attempts = CounterMetricFamily(
        "budget_message_attempts", "Tries to send a message, since 00:00 UTC.", labels=["channel", "delivered"]
    )
    tried = Attempt.objects.filter(pk__gte=first_uuid7(midnight)).order_by()
    for channel, delivered, number in tried.values_list("message__channel", "delivered").annotate(Count("pk")):
        attempts.add_metric([channel, str(delivered).lower()], number)
    failed = CounterMetricFamily("budget_messages_given_up", "Messages given up, since 00:00 UTC.", labels=["channel"])
    given_up = Message.objects.filter(state=MessageState.FAILED, settled_at__gte=midnight)
    for channel, number in given_up.order_by().values_list("channel").annotate(Count("pk")):
        failed.add_metric([channel], number)
    yield from (waiting, age, attempts, failed)


def _deliveries() -> Iterator[Metric]:
    deliveries = GaugeMetricFamily(
        "budget_deliveries", "Campaigns whose platform is told what to do, by how that stands.", labels=["state"]
    )
    counts = Delivery.objects.enabled().count_states()
    for state in DeliveryState:
        deliveries.add_metric([state.value], counts.get(state, 0))
    accounts = GaugeMetricFamily("budget_accounts_stopped", "Accounts at platforms that are used no longer.")
    accounts.add_metric([], Account.objects.filter(of_living_brand("brand"), state=AccountState.STOPPED).count())
    alerts = GaugeMetricFamily("budget_alerts_open", "Alerts that still hold, by kind.", labels=["kind"])
    found = Alert.objects.open().filter(of_living_brand("brand")).order_by().values_list("kind").annotate(Count("pk"))
    for kind, number in found:
        alerts.add_metric([kind], number)
    yield from (deliveries, accounts, alerts)


def _queue() -> Iterator[Metric]:
    queue = GaugeMetricFamily("budget_queue_length", "Tasks that wait for a worker.", labels=["queue"])
    try:
        with client_of(settings.REDIS_URL, within=BROKER_TIMEOUT) as client:
            queue.add_metric([QUEUE], client.llen(settings.BROKER_KEY_PREFIX + QUEUE))
    except redis.RedisError:  # it has gone since it was asked whether it is there
        return
    yield queue
