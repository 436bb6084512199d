"""The currency that stands beside a cost, by its sign or code: `$16.12` as Amazon writes it, `16,12 €`, `USD 16.12`."""

import re
from typing import Final

from budget_system.core.validation import currencies

_MARK = r"F[ \u00a0\u202f]CFA|[^\W\d_]{0,4}[^\w\s.,+-]?"
_MARKED = re.compile(
    rf"(?P<sign>[+-]?)(?P<before>{_MARK}) ?"
    rf"(?P<number>[+-]?[0-9][0-9., '’\u00a0\u2009\u202f]*?)[ \u00a0\u202f]?(?P<after>{_MARK})",
)  # ASCII digits alone; letters of any script

# As they are written where they are spent, so that a sign may mean several.
# Source: https://cldr.unicode.org/translation/currency-names-and-symbols
_CODES: Final = {
    "$": "USD CAD AUD NZD SGD HKD TWD MXN ARS CLP COP BBD BMD BND BSD BZD DOP FJD JMD NAD TTD UYU XCD", "US$": "USD",
    "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "MX$": "MXN",
    "R$": "BRL", "€": "EUR", "£": "GBP EGP FKP GIP LBP SHP", "¥": "CNY JPY", "￥": "CNY JPY", "CN¥": "CNY",
    "JP¥": "JPY", "₹": "INR", "₺": "TRY", "₪": "ILS", "₩": "KRW", "￦": "KRW", "₫": "VND", "₲": "PYG", "zł": "PLN",
    "kr": "SEK NOK DKK ISK", "Ikr": "ISK", "Kč": "CZK", "FCFA": "XAF XOF", "F CFA": "XAF XOF", "CFA": "XAF XOF",
    "CFPF": "XPF", "FCFP": "XPF", "FBu": "BIF", "CF": "KMF", "Fdj": "DJF", "FG": "GNF", "RF": "RWF", "USh": "UGX",
    "VT": "VUV",
}  # fmt: skip
SIGNS: Final = {sign: frozenset(codes.split()) for sign, codes in _CODES.items()}


def split_currency(text: str) -> tuple[str, frozenset[str]]:
    """Split a cost from its currency sign or code; return the number, and the ISO 4217 codes that it may mean.

    Where there is no known sign, return the text unchanged, and no codes.
    """
    match = _MARKED.fullmatch(text)
    if match is None or (match["before"] and match["after"]):
        return text, frozenset()
    mark = match["before"] or match["after"]
    meant = SIGNS.get(" ".join(mark.split())) or currencies() & {mark.upper()}
    return (match["sign"] + match["number"], meant) if meant else (text, frozenset())
