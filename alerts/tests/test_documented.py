"""What docs/alerts.md shows: the body of a webhook, and how a receiver verifies it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.test import SimpleTestCase, TestCase
from time_machine import travel

from alerts.channels.bodies import compose
from alerts.channels.webhook import sign
from alerts.models import Alert, AlertKind
from alerts.tests.subscribing import FORMER, SECRET
from delivery.sending.senders import WEBHOOK_DELAYS
from tests.documents import PAGES, blocks
from tests.support import Agency

PAGE = "docs/alerts.md"


def example(language: str) -> str:
    (block,) = (block for block in blocks(PAGE) if block.language == language)
    return block.text


class BodyTests(Agency, TestCase):
    def test_the_body_is_as_shown(self) -> None:
        self.spend("81.50")
        alert = Alert.objects.get(kind=AlertKind.THRESHOLD, threshold=80)
        shown, real = json.loads(example("json")), compose([alert])
        ids = {shown["data"]["brand"]["id"]: str(self.brand.pk), shown["data"]["alerts"][0]["id"]: str(alert.pk)}
        text = json.dumps(shown)
        for one, other in ids.items():
            text = text.replace(one, other)
        self.assertEqual(json.loads(text), real)
        self.assertEqual(alert.figures["spent"], str(Decimal("81.50")))


class VerificationTests(SimpleTestCase):
    def test_the_example_accepts_what_is_ours_and_nothing_else(self) -> None:
        found: dict[str, Any] = {}
        exec(example("python"), found)  # that it runs is what is tested
        body, now = '{"a": "ü"}'.encode(), datetime(2026, 3, 11, 12, tzinfo=UTC)
        stamp = str(int(now.timestamp()))
        signature = sign(SECRET, "id", stamp, body)
        headers = {"webhook-id": "id", "webhook-timestamp": stamp, "webhook-signature": signature}
        both = headers | {"webhook-signature": f"{sign(FORMER, 'id', stamp, body)} {signature}"}
        is_ours = found["is_ours"]
        with travel(now, tick=False):
            self.assertTrue(is_ours(SECRET, headers, body))
            self.assertTrue(is_ours(SECRET, both, body))
            self.assertTrue(is_ours(FORMER, both, body))
            self.assertFalse(is_ours(FORMER, headers, body))
            self.assertFalse(is_ours(SECRET, headers, body + b" "))
            self.assertFalse(is_ours(SECRET, headers | {"webhook-id": "other"}, body))
        with travel(now.replace(minute=6), tick=False):
            self.assertFalse(is_ours(SECRET, headers, body))


class TableTests(SimpleTestCase):
    def test_every_kind_stands_in_the_table_or_is_not_yet_told(self) -> None:
        for kind in AlertKind:
            self.assertIn(f"| `{kind}` |", PAGES[PAGE])

    def test_the_waits_are_those_of_the_schedule(self) -> None:
        units = {3600: "h", 60: "min", 1: "s"}
        seconds = [int(delay.total_seconds()) for delay in WEBHOOK_DELAYS]
        words = [next(f"{one // unit} {name}" for unit, name in units.items() if one >= unit) for one in seconds]
        self.assertIn(f"| after another | {' | '.join(words)} |", PAGES[PAGE])
