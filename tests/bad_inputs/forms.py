"""What must be refused in the admin's forms, each with the field to blame and part of the words.

What is typed into a field of its own is in `bodies`; here is what the API has no word for, or another one.
"""

from typing import Final, NamedTuple

from tests.bad_inputs.addresses import NOBODY

FORMS: Final = {
    "brands": {"name", "daily_budget", "monthly_budget", "timezone", "currency"},
    "campaigns": {"name", "external_id", "daily_budget", "monthly_budget"},
    "spends": {"amount", "spend_date", "external_id", "description"},
    "schedules": {"start_time", "end_time"},
}
"""The fields of the admin's forms that take what is typed, and refuse it in the words of the API, but for some."""
READ_AS_TYPED: Final = {"daily_budget", "monthly_budget", "amount", "start_time", "end_time"}
"""Fields that take amounts and times as people type them, in more spellings than the API does."""
_AMOUNTS: Final = (
    ("1_000", "is not an amount"),
    ("１２", "is not an amount"),
    ("+5", "is not an amount"),
    ("1e3", "is not an amount"),
    ("$5", "is not an amount"),
    ("1,00,000", "is not an amount"),
    ("NaN", "is not an amount"),
    ("5\u200b", "is not an amount"),
    ("\0", "is not an amount"),
    ("-5", "has a sign"),
    ("1.234", "1,234"),
    ("1,50", "1.50"),
    ("1000000000000", "too large"),
    ("0.001", "more than two decimals"),
    ("1.500,00", "write it as 1,500.00"),
)
_TIMES: Final = (
    ("09:00+02:00", "is not a time"),
    ("09:00Z", "is not a time"),
    ("25:00", "is not a time"),
    ("09:60", "is not a time"),
    ("٠٩:٠٠", "is not a time"),
    ("930", "is not a time"),
    ("\0", "is not a time"),
    ("9.5", "09:30"),
    ("13pm", "1 to 12"),
)


class BadForm(NamedTuple):
    """One value typed into the form in which a row is added, and how it is refused."""

    kind: str
    field: str
    value: str
    says: str


_NO_IDS: Final = ("x", "1", "00000000000070008000000000000000x", " ")
_CHOICE: Final = "Select a valid choice"

BAD_FORMS: Final = (
    *(BadForm(kind, field, "", "required") for kind, fields in {
        "brands": ("name", "timezone", "currency"),
        "campaigns": ("brand", "name", "wanted"),
        "spends": ("campaign", "amount", "spend_type"),
        "schedules": ("campaign", "day_of_week", "start_time", "end_time"),
        "tokens": ("user",),
    }.items() for field in fields),
    *(BadForm(kind, field, "   ", "") for kind, fields in FORMS.items() for field in sorted(fields)
      if field not in ("external_id", "description")),
    *(BadForm(kind, field, value, "is not a valid UUID") for kind, field in (
        ("campaigns", "brand"), ("spends", "campaign"), ("schedules", "campaign"),
    ) for value in _NO_IDS),
    *(BadForm(kind, field, NOBODY, _CHOICE) for kind, field in (
        ("campaigns", "brand"), ("spends", "campaign"), ("schedules", "campaign"),
    )),
    *(BadForm("campaigns", "platform", value, _CHOICE) for value in ("Google", "google ", "orkut", "\0")),
    *(BadForm("campaigns", "wanted", value, _CHOICE) for value in ("ACTIVE", "PAUSED", "Run", "\0")),
    BadForm("campaigns", "note", "why", "A note is kept with a change of run or pause"),
    BadForm("campaigns", "note", "a\u200bb", "is an invisible format character"),
    BadForm("campaigns", "note", "a\0", "is a control character"),
    BadForm("campaigns", "note", "x" * 5001, "at most 5000"),
    *(BadForm("brands", "alert_thresholds", value, "is not a whole percent") for value in (
        "0", "201", "-5", "50.5", "half", "50, x", "1e2", "５０", "\0", "8 0 %%",
    )),
    BadForm("brands", "alert_thresholds", "50, 80, 50 %", "stands here twice"),
    *(BadForm("brands", "figures_max_age_hours", value, "from 1 to 168") for value in (
        "0", "169", "-3", "3.5", "3 h", "1e1", "３", "\0", "9" * 5000,
    )),
    BadForm("brands", "figures_max_age_hours", "", "required"),
    BadForm("campaigns", "name", "spring SALE", "has a campaign"),
    BadForm("brands", "name", "aCMe", "There is already a brand named"),
    *(BadForm("spends", "spend_type", value, _CHOICE) for value in ("daily", "YEARLY", "\0")),
    *(BadForm("spends", "spend_date", value, "") for value in ("2026-03-13", "2027-01-01", "tomorrow", "0000-00-00")),
    BadForm("spends", "amount", "0", "is not more than 0.00"),
    BadForm("spends", "external_id", "A1", "already has an entry with this id"),
    *(BadForm("schedules", "day_of_week", value, _CHOICE) for value in ("7", "-1", "Monday", "0.0", "٣", "\0")),
    *(BadForm(kind, field, value, says) for kind, field in (
        ("brands", "daily_budget"), ("brands", "monthly_budget"), ("campaigns", "daily_budget"), ("spends", "amount"),
    ) for value, says in _AMOUNTS),
    *(BadForm("schedules", field, value, says) for field in ("start_time", "end_time") for value, says in _TIMES),
    BadForm("brands", "daily_budget", "", "tick “No limit”"),
    BadForm("campaigns", "monthly_budget", "", "tick “No budget of its own”"),
    BadForm("schedules", "start_time", "24:00", "is the end of a day"),
    BadForm("schedules", "end_time", "08:59", "switch “Ends next day” on"),
    BadForm("schedules", "end_time", "24:00:01", "is not a time"),
    *(BadForm("tokens", "user", value, _CHOICE) for value in ("x", "0", "-1", "9" * 30, "1.5", NOBODY, "{inactive}")),
    BadForm("tokens", "user", "\0", "Null characters"),
    *(BadForm("tokens", "last_day", value, "is not a date") for value in (
        "tomorrow", "20270101", "2026-02-30", "1.1.2027", "２０２７-01-01", "2027-01-01T00:00", " ", "0000-00-00", "\0",
    )),
    *(BadForm("tokens", "last_day", value, "is over") for value in ("2026-03-10", "2000-01-01")),
    *(BadForm("tokens", "last_day", value, "is too early") for value in ("1999-12-31", "0001-01-01")),
    BadForm("tokens", "last_day", "9999-12-31", "is out of range"),
)  # fmt: skip

BAD_MEMBERS: Final[tuple[tuple[dict[str, str], str], ...]] = (
    *(({"0-{other}": value}, "valid") for value in ("x", "0", "-1", "9" * 30, NOBODY)),
    ({"0-{other}": "\0"}, "Null characters"),
    ({"0-{other}": "", "0-role": "MANAGER"}, "Choose a"),
    *(({"0-role": value}, "Select a valid choice") for value in ("OWNER", "viewer", "ADMINISTRATOR", "1", "\0")),
    ({"0-role": ""}, "required"),
    *(({"TOTAL_FORMS": value}, "ManagementForm") for value in ("", "x", "-", "1.5", "\0")),
    ({"INITIAL_FORMS": "x"}, "ManagementForm"),
    ({"TOTAL_FORMS": "2", "1-{other}": "{member}", "1-role": "MANAGER"}, "duplicate"),
)  # fmt: skip
"""What is wrong in a membership, in the form of a brand (`{other}` is the user) or of a user (the brand)."""
