"""What a schema cannot say, and so no failure: rules about other rows, about dates that move, about two fields."""

import re
from typing import Any, Final

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

from budget_system.api import json_schema
from budget_system.core.validation import timezones

AMOUNT: Final = {
    "anyOf": [json_schema.AMOUNT, {"type": "number", "minimum": 0, "maximum": 999999999999.99, "multipleOf": 0.01}]
}
TIME_ZONE: Final = {"type": "string", "enum": sorted(timezones())}

RULES: Final = tuple(
    map(
        re.compile,
        (
            r"No (brand|campaign) has the id ",
            r"There is already a brand named ",
            r"already has ",
            r"is the campaign “.*” on this platform already",
            r"is out of range; a spend is dated from ",
            r"is too early; the first date is ",
            r"is not later than the start, ",
            r"With ends_next_day the window may last 24 hours at most",
            r"24:00 cannot be combined with ends_next_day",
            r"is not more than 0(\.00)?; to void an entry",
            r"has a fraction, and amounts in [A-Z]{3} are whole",
            r"Amounts in [A-Z]{3} are whole; change first ",
            r"spends [A-Z]{3}, whose amounts are whole; ",
            r"has spends( in [A-Z]{3})?, so ",
            r"is archived; it takes no new entries",
            r"is not a field to order by \(once\)",
            r"is an invisible format character",
            r"This is no cursor of this list in this order",
            r"Pages go by number or by cursor",
            r"A file has all rows, and no pages",
            r"stands here twice; say once what it is now",
            r"has no (platform|external_id).*, so no platform can be told of it; ",
            r"Delivery is on, and needs this; ",
            r"This may not be blank",  # of a parameter, of which the fuzzer takes no minimum
            r"A subscription stays ",
            r"Mail needs a person|Only an administrator can subscribe|No user who may log in|has no mail address",
            r"only mail comes once a day|Mail goes to a person's address|Say where the channel is told",
            r"An address has at most |no address has them|Enter a whole address|Leave out user and password",
            r"Begin the address with https|The port of an address is |leads to a machine or network that is not on",
        ),
    )
)
"""Each is a sentence that names what is wrong; any other refusal of a request that keeps to the schema fails."""

LONGEST_LINE: Final = 4094
"""Characters of a request's first line. Source: https://docs.gunicorn.org/en/stable/settings.html#limit-request-line"""


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """State as a schema what the description says in words: an amount may be a number, a zone is one of those known."""
    for loose, exact in ((json_schema.AMOUNT, AMOUNT), (json_schema.TIME_ZONE, TIME_ZONE)):
        if not _replace(raw_schema, loose, exact):
            raise LookupError(f"Nowhere in the description: {loose}")


def _replace(part: object, loose: dict[str, Any], exact: dict[str, Any]) -> int:
    """Replace a schema wherever it stands; give how often."""
    if isinstance(part, list):
        return sum(_replace(item, loose, exact) for item in part)
    if not isinstance(part, dict):
        return 0
    if loose.items() <= part.items():
        for name in loose:
            del part[name]
        part.update(exact)
        return 1
    return sum(_replace(item, loose, exact) for item in part.values())


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,
    failure: Failure,
    case: object,
    response: schemathesis.Response,
) -> bool:
    """Keep a failure, unless every message of a 400 tells of a rule that no schema can state.

    Nor is it one that the web server itself, before the application hears of it, refuses an address as too long.
    """
    request = response.request
    if response.status_code == 414 and len(f"{request.method} {request.path_url} HTTP/1.1") > LONGEST_LINE:
        return False
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return True
    messages = list(_messages(response.json()))
    return not messages or not all(any(rule.search(message) for rule in RULES) for message in messages)


def _messages(faults: object) -> list[str]:
    if isinstance(faults, dict):
        return [message for fault in faults.values() for message in _messages(fault)]
    if isinstance(faults, list):
        return [message for fault in faults for message in _messages(fault)]
    return [str(faults)]
