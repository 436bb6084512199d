"""The keys of a report's campaigns: their id on the platform, or their account and name.

A key is one text, because sums are stored by it: the id; or account and name with a tab between, which neither can
hold.
"""

import re
import unicodedata
from typing import Final

_TAB: Final = "\t"


def name_key(account: str, name: str) -> str:
    """Return the key of a campaign that a report identifies by name, of an account if it names one."""
    return f"{account}{_TAB}{name}"


def account_of(cell: str) -> str:
    """Return a normalized account; a number without grouping: 123-456-7890 is 1234567890."""
    text = " ".join(unicodedata.normalize("NFKC", cell).split())[:255]
    if re.fullmatch(r"[0-9][0-9 -]*(\.0+)?", text, re.ASCII):
        return re.sub(r"[ -]|\.0+$", "", text)
    return text


def is_name(key: str) -> bool:
    """Return whether a key was made from a name."""
    return _TAB in key


def account_and_name(key: str) -> tuple[str, str]:
    """Return the account and name from which a key was made."""
    account, _, name = key.partition(_TAB)
    return account, name


def described(key: str) -> str:
    """Return a key as a person would name the campaign."""
    account, name = account_and_name(key) if is_name(key) else ("", key)
    return f"{name} ({account})" if account else name
