"""Addresses, whole requests and commands that must be refused, each with the answer it must get."""

from typing import Final

NOBODY: Final = "00000000-0000-7000-8000-000000000000"

KINDS: Final = ("brands", "campaigns", "spends", "schedules")

BAD_ADDRESSES: Final = (
    *((f"{kind}/?stauts=x", 400, "stauts", "There is no parameter") for kind in KINDS),
    *((f"{kind}/?page={value}", 400, "page", "whole number") for kind in KINDS for value in ("0", "-1", "x", "", "１")),
    *((f"{kind}/?page_size={value}", 400, "page_size", "from 1 to 1000") for kind in KINDS for value in ("0", "1001")),
    *((f"{kind}/?ordering={value}", 400, "ordering", "order by") for kind in KINDS for value in ("", "nam", "id,")),
    *((f"{kind}/?count=all", 400, "count", "count=exact") for kind in KINDS),
    *((f"{kind}/?page=1&page=1", 400, "page", "2 times") for kind in KINDS),
    *((f"{kind}/?page=99999", 404, "detail", "no page") for kind in KINDS),
    *((f"{kind}/{NOBODY}/", 404, "detail", "Not found") for kind in KINDS),
    *((f"{kind}/{name}/", 404, "detail", "") for kind in KINDS for name in ("x", "%00", "1", "%F0%9F%92%A9")),
    *((f"{kind}/?brand=x", 400, "brand", "is not a valid UUID") for kind in ("campaigns", "spends", "schedules")),
    ("brands/?currency=KWD", 400, "currency", "is not a currency"),
    ("brands/?timezone=Berlin", 400, "timezone", "is not a time zone"),
    ("brands/?is_held=True", 400, "is_held", "is not a truth value"),
    ("brands/?search=", 400, "search", "may not be blank"),
    ("brands/?search=%00", 400, "search", "control character"),
    ("campaigns/?status=active", 400, "status", "is not a valid choice"),
    ("campaigns/?pause_reason=NONE", 400, "pause_reason", "is not a valid choice"),
    ("campaigns/?platform=Google", 400, "platform", "is not a valid choice"),
    ("spends/?spend_date=20260311", 400, "spend_date", "is not a date"),
    ("spends/?spend_date_after=yesterday", 400, "spend_date_after", "is not a date"),
    ("spends/?spend_type=daily", 400, "spend_type", "is not a valid choice"),
    ("spends/?external_id=%0a", 400, "external_id", "control character"),
    ("schedules/?day_of_week=7", 400, "day_of_week", "is not a valid choice"),
    ("schedules/?is_active=1", 400, "is_active", "is not a truth value"),
    ("nothing/", 404, "detail", "nothing at"),
)  # fmt: skip

_GOOD: Final = b'{"name": "Broke", "daily_budget": null, "monthly_budget": null}'

BAD_REQUESTS: Final[tuple[tuple[str, str, bytes, dict[str, str], int, str], ...]] = (
    ("POST", "brands/", b"{", {}, 400, "JSON parse error"),
    ("POST", "brands/", b"nope", {}, 400, "JSON parse error"),
    ("POST", "brands/", b'{"name": "a", "name": "b"}', {}, 400, "twice"),
    ("POST", "brands/", b'{"daily_budget": NaN}', {}, 400, "NaN"),
    ("POST", "brands/", b'{"daily_budget": 1e99999999999999999999}', {}, 400, "out of range"),
    ("POST", "brands/", b'{"name": "\xff"}', {}, 400, "UTF-8"),
    ("POST", "brands/", b'{"name": "\\ud800"}', {}, 400, "surrogate"),
    ("POST", "brands/", b"[" * 1000, {}, 400, "deeper"),
    ("POST", "brands/", b"[" * 40 + b"]" * 40, {}, 400, "deeper"),
    ("POST", "brands/", b"[]", {}, 400, "non_field_errors"),
    ("POST", "brands/", b"null", {}, 400, "non_field_errors"),
    ("POST", "brands/", _GOOD + b" " * 1024 * 1024, {}, 413, "too large"),
    ("POST", "brands/", _GOOD, {"content_type": "text/plain"}, 415, "media type"),
    ("POST", "brands/", _GOOD, {"HTTP_IDEMPOTENCY_KEY": ""}, 400, "visible ASCII"),
    ("POST", "brands/", _GOOD, {"HTTP_IDEMPOTENCY_KEY": "a b"}, 400, "visible ASCII"),
    ("POST", "brands/", _GOOD, {"HTTP_IDEMPOTENCY_KEY": "x" * 256}, 400, "visible ASCII"),
    ("POST", "brands/?dry_run=true", _GOOD, {}, 400, "dry_run"),
    ("POST", "spends/bulk/", b"[]", {}, 400, "1 to 1,000"),
    ("POST", "spends/bulk/", b"{}", {}, 400, "1 to 1,000"),
    ("POST", "spends/bulk/", b"[" + b",".join([b"{}"] * 1001) + b"]", {}, 400, "1 to 1,000"),
    ("POST", "spends/bulk/", b"[5]", {}, 400, "non_field_errors"),
    ("POST", "spends/bulk/?page=1", b"[{}]", {}, 400, "page"),
    ("PATCH", "brands/{brand}/", b'{"name": "Other"}', {"HTTP_IF_MATCH": '"stale"'}, 412, "has changed"),
    ("DELETE", "campaigns/{campaign}/", b"", {"HTTP_IF_MATCH": '"stale"'}, 412, "has changed"),
    ("POST", "campaigns/{campaign}/pause/", b'{"note": 5}', {}, 400, "is not a text"),
    ("POST", "campaigns/{campaign}/pause/", b'{"not": "x"}', {}, 400, "There is no field"),
    ("POST", "campaigns/{campaign}/activate/", b'{"note": null}', {}, 400, "null"),
    ("POST", "brands/{brand}/hold/", b'{"note": "a\\u0000"}', {}, 400, "control character"),
    ("POST", f"brands/{NOBODY}/hold/", b"{}", {}, 404, "id"),
    ("PUT", "brands/", _GOOD, {}, 405, "not allowed"),
    ("POST", "campaigns/{campaign}/events/", b"{}", {}, 405, "not allowed"),
    ("POST", "imports/?page=1", b"{}", {}, 405, "not allowed"),
    ("GET", "campaigns/{campaign}/events/?after=2026-03-31", b"", {}, 400, "is not an instant"),
)

BAD_COMMANDS: Final = (
    (("reset_spends",), "Say what to reset"),
    (("reset_spends", "--daily", "--yes", "--brand", "Nobody"), "No brand has the name or id"),
    (("reset_spends", "--daily", "--yes", "--note", "a\x00"), "--note: "),
    (("reset_spends", "--daily", "--monthly"), "not allowed with"),
    (("enforce_budgets", "--brand", NOBODY), "No brand has the name or id"),
    (("enforce_dayparting", "--brand", ""), "No brand has the name or id"),
    (("export", "everything"), "invalid choice"),
    (("export", "spends", "--brand", "x"), "No brand has the name or id"),
    (("import_spends",), "required"),
    (("import_spends", "report.csv"), "Say whose report it is"),
    (("import_spends", "nowhere.csv", "--brand", "Acme", "--platform", "google"), "nowhere.csv"),
    (("import_spends", "nowhere.csv", "--brand", "Acme", "--platform", "Google"), "invalid choice"),
    (("import_spends", "nowhere.csv", "--brand", "Acme", "--platform", "google", "--unit", "cents"), "invalid choice"),
    (("import_spends", "nowhere.csv", "--brand", "Nobody", "--platform", "google"), "No brand has the name or id"),
    (("import_spends", "--folder", "/nowhere/at/all"), "is no folder"),
    (("import_spends", "--undo", "x"), "is not a valid UUID"),
    (("import_spends", "--undo", NOBODY), "No import has the id"),
)
