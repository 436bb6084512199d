"""What the transport takes of kombu beside its documented API is there, as it was when the transport was written."""

import ast
import inspect
import re
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase
from kombu.transport import redis as kombus

from budget_system.operations import celery_transport

METHODS = {
    kombus.Channel: {
        "_brpop_start": "(self, timeout=None)",
        "_brpop_read": "(self, **options)",
        "_q_for_pri": "(self, queue, pri)",
        "_flush_brpop_reauth": "(self)",
        "basic_consume": "(self, queue, *args, **kwargs)",
        "conn_or_acquire": "(self, client=None)",
    },
    kombus.QoS: {
        "append": "(self, message, delivery_tag)",
        "restore_unacked": "(self, client=None)",
        "ack": "(self, delivery_tag)",
        "reject": "(self, delivery_tag, requeue=False)",
    },
    kombus.Transport: {
        "_deliver": "(self, message, queue)",
        "establish_connection": "(self)",
    },
}
"""What it overrides or calls, with its signature."""
ATTRIBUTES = {
    kombus.Channel: {
        *("_queue_cycle", "_in_poll", "_brpop_sent_at", "_closing", "connection", "connection_errors", "client"),
        *("active_queues", "priority_steps", "global_keyprefix", "unacked_key", "unacked_index_key", "QoS"),
    },
    kombus.QoS: {"_delivered", "channel"},
    kombus.Transport: {"_avail_channels", "brpop_timeout", "client", "Channel"},
}
"""What it reads or sets."""
CALLS = (
    (kombus.MultiChannelPoller, "_register_BRPOP", "_brpop_start"),
    (kombus.Channel, "__init__", "_brpop_read"),
    (kombus.QoS, "append", "zadd"),
    (kombus.QoS, "append", "hset"),
)
"""Where kombu itself calls what is overridden, or writes what the transport's script writes in its place."""


def pinned() -> str:
    """Return the version of kombu that requirements.txt pins."""
    (found,) = re.findall(r"^kombu==(\S+)", (Path(settings.BASE_DIR) / "requirements.txt").read_text(), re.MULTILINE)
    return str(found)


def sentence(what: str) -> str:
    """Return what a person who has raised the version reads."""
    return (
        f"kombu {version('kombu')} {what}. budget_system/operations/celery_transport.py relies on it and was written "
        f"for kombu 5.7.0 (requirements.txt pins {pinned()}): read it beside the new kombu/transport/redis.py, "
        "then change both, or keep the former version."
    )


class KombuTests(SimpleTestCase):
    def test_the_version_that_runs_is_the_one_that_is_pinned(self) -> None:
        self.assertEqual(version("kombu"), pinned())

    def test_every_method_is_there_with_its_signature(self) -> None:
        for owner, methods in METHODS.items():
            for name, signature in methods.items():
                with self.subTest(f"{owner.__name__}.{name}"):
                    method = getattr(owner, name, None)
                    self.assertIsNotNone(method, sentence(f"has no {owner.__name__}.{name}"))
                    found = str(inspect.signature(method)) if callable(method) else ""
                    self.assertEqual(found, signature, sentence(f"has another {owner.__name__}.{name}{signature}"))

    def test_every_attribute_is_there(self) -> None:
        for owner, names in ATTRIBUTES.items():
            made = {name for base in owner.__mro__ for name in named(base, "__init__")}
            for name in names:
                with self.subTest(f"{owner.__name__}.{name}"):
                    self.assertTrue(hasattr(owner, name) or name in made, sentence(f"has no {owner.__name__}.{name}"))

    def test_kombu_calls_what_is_overridden_and_notes_what_the_script_notes(self) -> None:
        for owner, caller, name in CALLS:
            with self.subTest(f"{owner.__name__}.{caller} {name}"):
                does_not = sentence(f"does not use {name} in {owner.__name__}.{caller}")
                self.assertIn(name, named(owner, caller), does_not)

    def test_no_private_name_is_relied_on_that_is_not_held_here(self) -> None:
        tree = ast.parse(inspect.getsource(celery_transport))
        own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        own |= {"_awaited", "_never_acknowledged"}
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        held = {name for names in (*METHODS.values(), *ATTRIBUTES.values()) for name in names}
        self.assertEqual({name for name in used - own if name.startswith("_") and name[1] != "_"} - held, set())


def named(owner: type, method: str) -> tuple[str, ...]:
    """Return the names of attributes that a class's own method uses; none where it has no such method."""
    function = inspect.unwrap(vars(owner)[method]) if method in vars(owner) else None
    return function.__code__.co_names if inspect.isfunction(function) else ()
