"""Reading cost cells exactly; what can be read in two ways is distinguished from what cannot be read.

Everything here is pure. A refusal is `BadCell`, whose message goes into the list of bad lines.
"""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from spending.imports.cells.currencies import split_currency
from spending.imports.cells.parsing import BadCell

MAX_LENGTH: Final = 60
MAX_DECIMALS: Final = 40
NO_COST: Final = frozenset({"", "-", "--", "–", "—", "n/a", "N/A"})
"""What platforms write where nothing was spent. `#N/A` is not among them: to spreadsheets it is an error."""
_LIMIT = Decimal(10) ** 20

_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", " ") | {"\u2212": "-"})
_IN_PARENTHESES = re.compile(r"\(([^()+-]+)\)")
_SIGN_BEHIND = re.compile(r"([^+-]*[0-9][^+-]*)-")
_PLAIN = re.compile(r"-?[0-9]{1,17}(?:\.([0-9]{0,2}|[0-9]{4,20}))?", re.ASCII)
_EXPONENT = re.compile(r"(?:[0-9]+(?:([.,])[0-9]*)?)[eE][+-]?[0-9]{1,2}", re.ASCII)
_LAKHS: Final = r"[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"
"""Indian grouping: the last group has three digits, lakh and crore above it two, as in 1,23,456."""
# Both signs in one number, or several of one: what stands last, or only once, is the decimal sign.
_POINT = re.compile(
    rf"(?:[0-9]{{1,3}}(?:,[0-9]{{3}})+|{_LAKHS})\.[0-9]*|[0-9]{{1,3}}(?:,[0-9]{{3}}){{2,}}|{_LAKHS}", re.ASCII
)
_COMMA = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]*|[0-9]{1,3}(?:\.[0-9]{3}){2,}", re.ASCII)
_SPACED = re.compile(r"[0-9]{1,3}(?:[ '’][0-9]{3})+(?:([.,])[0-9]*)?", re.ASCII)
_ONE_SIGN = re.compile(r"(?=.*[0-9])([0-9]*)([.,])([0-9]*)", re.ASCII)
_GROUP_SIGNS = str.maketrans("", "", " '’")


class DecimalSign(StrEnum):
    """The sign before the decimals."""

    POINT = "point"
    COMMA = "comma"


class Cost(NamedTuple):
    """A cost cell's amount, read with a decimal point and with a decimal comma; `None` where it cannot be read so."""

    with_point: Decimal | None
    with_comma: Decimal | None
    surely: bool = False
    """Whether it shows the decimal sign beyond doubt: by both signs in one number, or by several of one."""

    @property
    def amount(self) -> Decimal | None:
        """The amount, where there is only one reading."""
        if self.with_point is None or self.with_comma is None:
            return self.with_comma if self.with_point is None else self.with_point
        return self.with_point if self.with_point == self.with_comma else None

    @property
    def sign(self) -> DecimalSign | None:
        """The decimal sign that the cell shows; `None` where it shows none, or can be read with either."""
        if (self.with_point is None) == (self.with_comma is None):
            return None
        return DecimalSign.COMMA if self.with_point is None else DecimalSign.POINT


def is_no_cost(cell: str) -> bool:
    """Return whether a cell says, by a dash or by being empty, that nothing was spent."""
    return cell.translate(_SPACES).strip() in NO_COST


def parse_cost(cell: str, currency: str = "") -> Cost:
    """Return the readings of a cost cell: any number of decimals, exponents as spreadsheets write them.

    The sign or code of `currency` (ISO 4217) may stand beside the number, if one is given; another's is refused. A
    negative amount may be written as -5.00, 5.00- or (5.00). Raise `BadCell` where it is no cost.
    """
    if plain := _PLAIN.fullmatch(cell):
        amount = Decimal(cell)
        return Cost(amount, amount if plain[1] is None else None)
    text = cell.translate(_SPACES).strip()
    if not text:
        raise BadCell("the cost is empty")
    if len(text) > MAX_LENGTH:
        raise BadCell("this is no cost: it is too long")
    if behind := (_IN_PARENTHESES.fullmatch(text) or _SIGN_BEHIND.fullmatch(text)):
        text = f"-{behind[1].strip()}"
    cost = _number(text)
    if cost is None and currency:
        number, meant = split_currency(text)
        if meant and currency not in meant:
            raise BadCell(f"the currency is not {currency}")
        cost = _number(number) if meant else None
    if cost is None:
        raise BadCell("this is no cost; write it like 1234.56, without a currency or its sign")
    return cost


def _number(text: str) -> Cost | None:
    """Read a number with its sign; `None` where it is none."""
    negative, digits = text.startswith("-"), text[1:] if text[:1] in ("+", "-") else text
    if digits.isdigit() and digits.isascii():
        return _both(digits, negative)
    if match := _EXPONENT.fullmatch(digits):
        return _one(match[1], digits, negative) if match[1] else _both(digits, negative)
    if _POINT.fullmatch(digits):
        return _one(".", digits.replace(",", ""), negative, surely=True)
    if _COMMA.fullmatch(digits):
        return _one(",", digits.replace(".", ""), negative, surely=True)
    if match := _SPACED.fullmatch(digits):
        bare = digits.translate(_GROUP_SIGNS)
        return _one(match[1], bare, negative) if match[1] else _both(bare, negative)
    if match := _ONE_SIGN.fullmatch(digits):
        return _with_one_sign(match[1], match[2], match[3], negative)
    return None


def _with_one_sign(whole: str, sign: str, decimals: str, negative: bool) -> Cost:
    """Read `12.50`; of `1,234` and `1.234` the sign may be the decimal one, or separate thousands."""
    one = _one(sign, f"{whole}{sign}{decimals}", negative)
    if len(decimals) != 3 or not 1 <= len(whole) <= 3 or whole.startswith("0"):
        return one
    thousands = _amount(whole + decimals, negative)
    return one._replace(with_comma=thousands) if sign == "." else one._replace(with_point=thousands)


def _one(sign: str, digits: str, negative: bool, *, surely: bool = False) -> Cost:
    amount = _amount(digits.replace(",", "."), negative)
    return Cost(amount, None, surely) if sign == "." else Cost(None, amount, surely)


def _both(digits: str, negative: bool) -> Cost:
    amount = _amount(digits, negative)
    return Cost(amount, amount)


def _amount(digits: str, negative: bool) -> Decimal:
    number = Decimal(f"-{digits}" if negative else digits)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number) >= _LIMIT:
        raise BadCell("the cost is too large")
    if exponent < -MAX_DECIMALS:
        raise BadCell(f"the cost has more than {MAX_DECIMALS} decimals")
    return number
