"""Bodies that must be refused: where they are sent, what is wrong in them, the field to blame, and part of the words.

Each is a good body with one value replaced. `…` stands for nothing: the field is left out.
"""

from typing import Final, NamedTuple


class Bad(NamedTuple):
    """One value, and how it is refused."""

    kind: str
    field: str
    value: object
    says: str
    blamed: str = ""


_AMOUNTS: Final[tuple[object, ...]] = (
    "", " ", "1_000", "１２", " 5", "5 ", "5\n", "+5", "-5", "1e3", ".5", "5.", "1,50", "1.234", "$5", "5 €", "٣",
    "NaN", "Infinity", "0x10", "1000000000000", "½", -1, 1000000000000, 0.001, True, [], {}, "5\u200b",
)  # fmt: skip
_NAMES: Final[tuple[tuple[object, str], ...]] = (
    ("", "may not be blank"),
    ("   ", "may not be blank"),
    ("\u3000", "may not be blank"),
    ("a\u0000b", "is a control character"),
    ("a\nb", "is a control character"),
    ("a\tb", "is a control character"),
    ("a\u007f", "is a control character"),
    ("a\u200bb", "is an invisible format character"),
    ("a\u200d", "is an invisible format character"),
    ("\ufeffa", "is an invisible format character"),
    ("a\u202eb", "is an invisible format character"),
    ("a\u2028b", "is a line separator"),
    ("a\u2029b", "is a paragraph separator"),
    ("x" * 256, "at most 255"),
    (5, "is not a text"),
    (True, "is not a text"),
    (["a"], "is not a text"),
    (None, "null"),
)
_CODES: Final = (
    ("a\u0000", "is a control character"),
    ("a\n", "is a control character"),
    ("a\u200c", "is an invisible format character"),
    ("x" * 256, "at most 255"),
    (7, "is not a text"),
    (None, "null"),
)
_DATES: Final = (
    ("1999-12-31", "is too early"),
    ("9999-12-31", "is out of range"),
    ("20260311", "is not a date"),
    ("2026-W11-3", "is not a date"),
    ("2026-3-1", "is not a date"),
    ("2026-02-30", "is not a date"),
    ("11.03.2026", "is not a date"),
    ("２０２６-03-11", "is not a date"),
    ("2026-03-11T00:00", "is not a date"),
    ("", "is not a date"),
    (20260311, "is not a text"),
    (None, "null"),
)
_TIMES: Final = ("9:00", "0900", "09:00+02:00", "09:00Z", "09:00:00.5", "25:00", "09:60", "٠٩:٠٠", " 09:00", "")
_PERCENTS: Final[tuple[object, ...]] = (0, 201, -1, 50.5, "80", True, None, [80], 10**30)
_NO_LISTS: Final[tuple[object, ...]] = ("50, 80", 50, True, {})
_UUIDS: Final[tuple[object, ...]] = (
    "",
    "x",
    5,
    True,
    "00000000000070008000000000000000",
    "{00000000-0000-7000-8000-000000000000}",
)

BAD: Final[tuple[Bad, ...]] = (
    *(Bad("brands", "daily_budget", value, "is not an amount") for value in _AMOUNTS),
    *(Bad("brands", "monthly_budget", value, "is not an amount") for value in ("1e3", "-1", False)),
    *(Bad("spends", "amount", value, "is not an amount") for value in _AMOUNTS),
    *(Bad("campaigns", "daily_budget", value, "is not an amount") for value in ("1e3", "-1", False, "1,50")),
    *(Bad("campaigns", "monthly_budget", value, "is not an amount") for value in ("1e3", "-1", False, "1,50")),
    *(Bad("brands", "name", value, says) for value, says in _NAMES),
    *(Bad("campaigns", "name", value, says) for value, says in _NAMES),
    *(Bad("campaigns", "external_id", value, says) for value, says in _CODES),
    *(Bad("spends", "external_id", value, says) for value, says in _CODES),
    *(Bad("spends", "spend_date", value, says) for value, says in _DATES),
    *(Bad("schedules", field, value, "is not a time") for field in ("start_time", "end_time") for value in _TIMES),
    *(Bad("campaigns", "brand", value, "is not a valid UUID") for value in _UUIDS),
    *(Bad("spends", "campaign", value, "is not a valid UUID") for value in _UUIDS),
    *(Bad("schedules", "campaign", value, "is not a valid UUID") for value in _UUIDS),
    *(Bad("brands", "currency", value, "is not a currency") for value in ("", "KWD", "BHD", "XXX", "ABC", "USD ")),
    *(
        Bad("brands", "timezone", value, "is not a time zone")
        for value in ("", "europe/berlin", "Berlin", "+02:00", "localtime", "Factory", "../etc/passwd", "UTC ")
    ),
    *(Bad("brands", "alert_thresholds", value, "is not a list") for value in _NO_LISTS),
    *(Bad("brands", "alert_thresholds", [50, value], "is not a whole percent") for value in _PERCENTS),
    Bad("brands", "alert_thresholds", [80, 50, 80], "stands here twice"),
    Bad("brands", "alert_thresholds", [*range(1, 22)], "at most 20"),
    Bad("brands", "alert_thresholds", None, "null"),
    *(
        Bad("brands", "figures_max_age_hours", value, "from 1 to 168")
        for value in (0, 169, -3, "3", 3.0, True, [3], 10**30)
    ),
    Bad("brands", "figures_max_age_hours", None, "null"),
    *(Bad("campaigns", "platform", value, "is not a valid choice") for value in ("Google", "google ", 1, True, ["x"])),
    *(Bad("campaigns", "status", value, "is not a valid choice") for value in ("active", "", 1, "DELETED")),
    *(Bad("campaigns", "pause_reason", value, "is not a valid choice") for value in ("manual", "", "NONE", 0)),
    *(Bad("spends", "spend_type", value, "is not a valid choice") for value in ("daily", "", 1, "YEARLY")),
    *(Bad("schedules", "day_of_week", value, "from 0 to 6") for value in (-1, 7, "0", 1.5, True, [0])),
    *(Bad("campaigns", "delivery_enabled", value, "is not a truth value") for value in ("true", 1, 0, "yes", [True])),
    Bad("campaigns", "delivery_enabled", True, "no platform"),
    Bad("campaigns", "delivery_enabled", None, "null"),
    *(Bad("schedules", "is_active", value, "is not a truth value") for value in ("true", 1, 0, "yes", [True])),
    *(Bad("schedules", "ends_next_day", value, "is not a truth value") for value in ("false", 1, 0)),
    Bad("schedules", "end_time", "09:00", "ends_next_day"),
    Bad("schedules", "end_time", "08:00", "ends_next_day"),
    *(Bad("spends", "description", value, says) for value, says in (
        ("a\u0000", "is a control character"),
        ("a\u200bb", "is an invisible format character"),
        ("x" * 5001, "at most 5000"),
        (5, "is not a text"),
    )),
    Bad("spends", "amount", "0.00", "is not more than 0.00"),
    *(Bad(kind, name, ..., "required") for kind, name in (
        ("brands", "name"), ("brands", "daily_budget"), ("brands", "monthly_budget"), ("campaigns", "brand"),
        ("campaigns", "name"), ("spends", "campaign"), ("spends", "amount"), ("schedules", "campaign"),
        ("schedules", "day_of_week"), ("schedules", "start_time"), ("schedules", "end_time"),
    )),
    *(Bad(kind, "timezon", "UTC", "There is no field") for kind in ("brands", "campaigns", "spends", "schedules")),
)  # fmt: skip
