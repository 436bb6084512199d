"""Reports that must not go in: files that are refused as a whole, lines that are left out, figures that look wrong."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tests.bad_inputs.addresses import NOBODY

HEADER: Final = "campaign_id,campaign_name,date,currency_code,spend"
GOOD: Final = "11,Spring sale,2026-03-10,USD,2.50"
"""A report of Microsoft's; its costs are units."""
_TABLE: Final = f"{HEADER}\n{GOOD}\n"


class BadReport(NamedTuple):
    """A file that cannot be read as a report, and how it is refused."""

    content: str | bytes
    says: str
    field: str = "file"
    """Of the upload page's form: where it is to blame; several have a space between."""
    chosen: Mapping[str, str] = {}
    """What was chosen with it: `platform`, `unit`, `cost_column`."""


BAD_REPORTS: Final = (
    BadReport("", "file is empty"),
    BadReport("PK\x03\x04" + _TABLE, "a zip archive or a damaged spreadsheet (.xlsx)"),
    BadReport(b"\x1f\x8b\x08\x00" + _TABLE.encode(), "a gzip archive"),
    BadReport("%PDF-1.7\n" + _TABLE, "a PDF"),
    BadReport(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old spreadsheet (.xls)"),
    BadReport(_TABLE.encode("utf-32"), "UTF-32 text"),
    BadReport(b"\x81\x8d\x8f", "neither UTF-8 nor Windows-1252"),
    BadReport(b"\xef\xbb\xbf" + _TABLE.encode() + b"\x81", "Line 3 is neither UTF-8 nor Windows-1252"),
    BadReport(_TABLE.encode("utf-16") + b"x", "it is not UTF-16"),
    BadReport(_TABLE.encode("utf-16") + b"\x00\xd8\x20\x00", "it is not UTF-16"),
    BadReport(_TABLE.encode("utf-16-le"), "a NUL character"),
    BadReport(_TABLE.replace("Spring", "Spr\0ing"), "Line 2 holds a NUL character"),
    BadReport("\0" * 4096, "Line 1 holds a NUL character"),
    BadReport("one line", "holds no table"),
    BadReport("\n\n\n", "holds no table"),
    BadReport("<html>\n<body>nothing</body>\n</html>\n", "holds no table"),
    BadReport("{}", "holds no table"),
    BadReport(_TABLE.replace(",", "|"), "holds no table"),
    BadReport("\n" * 61 + _TABLE, "holds no table"),
    BadReport(GOOD, "no column for the campaign", "campaign_column date_column cost_column"),
    BadReport(_TABLE.replace("Spring", "x" * 1_000_000), "Line 2 is longer than"),
    BadReport(_TABLE + "x" * 1_000_000, "Line 3 is longer than"),
    BadReport(_TABLE.replace("Spring", "x" * 140_000), "a cell is longer than"),
    BadReport(_TABLE + '11,"Spring sale,2026-03-10,USD,2.50\n', "the quotes are broken"),
    BadReport(_TABLE + '11,"Spring" sale,2026-03-10,USD,2.50\n', "the quotes are broken"),
    BadReport(_TABLE + '11,"' + "line\n" * 40_000, "its quotes never close"),
    BadReport(_TABLE.replace("campaign_id", "number"), "no column for the campaign", "campaign_column"),
    BadReport(_TABLE.replace("date", "when"), "no column for the date", "date_column"),
    BadReport(_TABLE.replace("spend", "price"), "no column for the cost", "cost_column"),
    BadReport(_TABLE.replace("campaign_name", "campaign_id"), "is in the report 2 times", "campaign_column"),
    BadReport(_TABLE.replace("campaign_name", "Date"), "is in the report 2 times", "date_column"),
    BadReport(_TABLE.replace("campaign_name", "Spend"), "is in the report 2 times", "cost_column"),
    BadReport(_TABLE, "no column for “costs”", "cost_column", {"cost_column": "costs"}),
    BadReport(_TABLE, "no column for “a�b”", "date_column", {"date_column": "a\u202eb"}),
    BadReport(_TABLE, "three different columns", "file", {"cost_column": "date"}),
    BadReport(_TABLE, "three different columns", "file", {"campaign_column": "spend"}),
    BadReport(_TABLE.replace("spend", "Spend (EUR)"), "“Acme” spends USD", "cost_column"),
    BadReport(_TABLE.replace("spend", "Price"), "is not known", "unit", {"platform": "other", "cost_column": "Price"}),
    *(
        BadReport(_TABLE, "2.50 is 2.50 as units, 0.00000250 as micros", "unit", {"platform": platform})
        for platform in ("google", "pinterest", "x", "other")
    ),
)  # fmt: skip

BAD_CELLS: Final[tuple[tuple[str, str, str], ...]] = (
    *(("spend", cell, "this is no cost; write it like 1234.56") for cell in (
        "x", "NaN", "inf", "-Infinity", "1e999", "1e", "$5 USD", "5 $ 5", "5 ¤", "5 usdd", "１２", "١٢", "½", "1_000",
        "0x10", "+", ".", ",", "1.2.3", "1,23,4", "1..5", "=2+3", "1 2", "5%", "(-5.00)", "#N/A", "< 0.01",
        "5\u200b", "true",
    )),
    *(("spend", cell, "the currency is not USD") for cell in ("€5", "5 €", "-£5.00", "5 EUR", "eur5", "CA$5", "kr 5")),
    ("spend", "9" * 61, "it is too long"),
    ("spend", "1" * 21, "the cost is too large"),
    ("spend", "-1e99", "the cost is too large"),
    ("spend", "1e-60", "more than 40 decimals"),
    *(("date", cell, "this is no date") for cell in (
        "yesterday", "2026-3-4", "2026-03", "2026", "20260310120000", "Mrz 4, 2026", "4 Mar 4, 2026",
        "２０２６-03-10", "2026-03/10", "2026-03-10T", "2026-03-10 noon", "2026-W11-3", "+2026-03-10",
    )),
    *(("date", cell, "this is a spreadsheet's number for a date") for cell in ("46094", "44000", "99999.5")),
    ("date", "", "no day of its own"),
    *(("date", cell, "there is no such date") for cell in (
        "2026-13-01", "2026-02-30", "2026-00-10", "2026-03-00", "0000-01-01", "20261301", "32/1/2026", "31.11.2026",
        "Feb 30, 2026",
    )),
    *(("date", cell, "the date is too early") for cell in ("1999-12-31", "0001-01-01", "31.12.1999")),
    *(("date", cell, "the date is in the future") for cell in ("2026-03-13", "9999-12-31", "31.12.2026")),
    ("campaign_id", "", "the campaign's id is empty"),
    ("campaign_id", '=""', "the campaign's id is empty"),
    ("campaign_id", '="1.1E+10"', "a spreadsheet has shortened this id"),
    ("campaign_id", "x" * 256, "this is no campaign's id"),
    ("campaign_id", "9\u200b9", "a spreadsheet or a script has rewritten this id"),
    ("campaign_id", "99.0", "a spreadsheet or a script has rewritten this id"),
    ("campaign_id", "'99", "a spreadsheet or a script has rewritten this id"),
    ("campaign_id", "1.1E+01", "a spreadsheet has shortened this id"),
    *(("campaign_id", cell, "has no campaign with this id") for cell in (
        "99", "011", "Spring sale", "12", "' OR 1=1 --", "=11",
    )),
    *(("currency_code", cell, "the currency is not USD") for cell in ("EUR", "US", "US$", "XXX", "USDT")),
)  # fmt: skip
"""A column, what stands there in a line that is otherwise good, and why the line is bad. “12” is another brand's."""

BAD_LINES: Final = (
    ("11", "has 1 cells, the header has 5"),
    ("11,Spring sale,2026-03-08,USD", "has 4 cells, the header has 5"),
    ("11,Spring sale,2026-03-08,USD,1,5", "has 6 cells, the header has 5"),
    ("11,Spring sale,2026-03-01,USD,-0.01", "the day 2026-03-01 of this campaign comes to less than nothing"),
    ("11,Spring sale,2026-03-02,USD,-1e15", "the day 2026-03-02 of this campaign comes to less than nothing"),
    ("11,Spring sale,2026-03-03,USD,1e15", "the day 2026-03-03 of this campaign comes to more than"),
    ("11,Spring sale,2026-03-04,USD,1000000000000", "the day 2026-03-04 of this campaign comes to more than"),
)  # fmt: skip

BAD_FIGURES: Final[tuple[tuple[str, Mapping[str, str], str], ...]] = (
    (_TABLE.replace("2.50", "2500000"), {}, "above 3 × the tightest daily budget"),
    (_TABLE.replace("2.50", "300.01"), {}, "above 3 × the tightest daily budget"),
    (_TABLE.replace("2.50", "0"), {}, "would lower the days it speaks of from 20.00 to 0.00"),
    (_TABLE.replace("2.50", "9.99"), {}, "would lower the days it speaks of from 20.00 to 9.99"),
    (
        _TABLE.replace("spend", "spend_micros").replace("2.50", "25"),
        {"unit": "units", "cost_column": "spend_micros"},
        "says micros, not units",
    ),
)
"""A report that can be read, what is said with it, and what makes it stop before it writes; 20.00 are booked."""

BAD_UPLOADS: Final[tuple[tuple[Mapping[str, str], str, str], ...]] = (
    ({"brand": ""}, "brand", "required"),
    *(({"brand": brand}, "brand", "is not a valid UUID") for brand in ("x", "1", "Acme")),
    ({"brand": "\0"}, "brand", "Null characters"),
    ({"brand": NOBODY}, "brand", "There is no such brand"),
    ({"platform": ""}, "platform", "required"),
    *(({"platform": platform}, "platform", "Select a valid choice") for platform in ("orkut", "Google", "\0")),
    *(({"unit": unit}, "unit", "Select a valid choice") for unit in ("cents", "UNITS", "1", "\0")),
    *(({f"{name}_column": "x" * 256}, f"{name}_column", "at most 255") for name in ("campaign", "date", "cost")),
    *(({f"{name}_column": "a\0"}, f"{name}_column", "Null characters") for name in ("campaign", "date", "cost")),
    *(({"kept": kept}, "kept", "Enter a valid UUID") for kept in ("x", "\0", "1")),
)
"""What was said with a good report on the upload page, the field to blame, and part of the words."""
