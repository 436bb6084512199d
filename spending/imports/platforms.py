"""The names that platforms give to the columns of their reports, and the units of their costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What the number 1 in a cost cell is worth."""

    UNITS = "units"
    MICROS = "micros"


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """One platform's column names, in their shortest form (see `shortened`); the first that is found counts."""

    campaign: Sequence[str]
    date: Sequence[str]
    cost: Mapping[str, Unit | None]
    name: Sequence[str] = ("campaignname", "campaign")
    currency: Sequence[str] = (
        "currency",
        "currencycode",
        "accountcurrency",
        "customercurrencycode",
        "accountcurrencycode",
        "campaignbudgetcurrencycode",
        "budgetcurrency",
    )
    known_unit: Unit | None = None
    """The unit of a cost column of any other name, where the platform writes no other."""


LAST_DAYS: Mapping[str, str] = {
    "datestart": "datestop",
    "reportingstarts": "reportingends",
    "startdate": "enddate",
    "startdateinutc": "enddateinutc",
    "starttime": "endtime",
}
"""Columns whose date is the first of several where another column names a later one."""

ACCOUNTS: Sequence[str] = (
    *("accountid", "customerid", "customer", "advertiserid", "accountnumber"),
    *("accountname", "account", "customername", "advertisername", "advertiser"),
)
"""Columns with the platform's account of a line, ids first."""

NUMERIC_ID_PLATFORMS = frozenset({"google", "meta", "microsoft", "linkedin", "tiktok", "pinterest", "apple"})
"""Platforms whose campaign ids are whole numbers."""

PERIODS = frozenset({"week", "month", "quarter", "year", "weekstart", "monthstart"})
"""Columns whose date stands for more than a day."""

OTHER_DATES: frozenset[str] = frozenset(
    {
        *("campaignstartdate", "campaignenddate", "campaignstart", "campaignend", "campaigncreated"),
        *("starts", "ends", "datecreated", "datelastedited", "created", "createdat", "lastupdated", "updatedat"),
        *("week", "month", "quarter", "year", "dateofreport", "reportdate", "generatedat"),
    }
)
"""Second dates that are not the line's own last day."""

UNITS, MICROS = Unit.UNITS, Unit.MICROS
_DATES = ("date", "day", "statdate", "reportdate")
_IDS = ("campaignid",)

PLATFORMS: Mapping[str, ColumnNames] = {
    "google": ColumnNames(
        campaign=("campaignid", "id"),
        date=("date", "day", "segmentsdate"),
        cost={"costmicros": MICROS, "metricscostmicros": MICROS, "cost": UNITS, "spend": None},
    ),
    "meta": ColumnNames(
        campaign=_IDS,
        date=("date", "datestart", "day", "reportingstarts"),
        cost={"spend": UNITS, "amountspent": UNITS, "cost": UNITS},
        known_unit=UNITS,
    ),
    "microsoft": ColumnNames(
        campaign=_IDS,
        date=("date", "timeperiod", "gregoriandate", "day"),
        cost={"spend": UNITS, "cost": UNITS},
        known_unit=UNITS,
    ),
    "linkedin": ColumnNames(
        campaign=_IDS,
        date=("date", "day", "startdateinutc", "startdate"),
        cost={"costinlocalcurrency": UNITS, "totalspent": UNITS, "spend": UNITS, "cost": UNITS, "costinusd": UNITS},
        known_unit=UNITS,
    ),
    "tiktok": ColumnNames(
        campaign=_IDS,
        date=("date", "stattimeday", "stattimehour", "day", "byday"),
        cost={"spend": UNITS, "cost": UNITS, "totalcost": UNITS},
        known_unit=UNITS,
    ),
    "reddit": ColumnNames(campaign=_IDS, date=_DATES, cost={"spend": MICROS, "amountspent": UNITS}),
    "snapchat": ColumnNames(
        campaign=_IDS, date=("date", "starttime", "day"), cost={"spend": MICROS, "amountspent": UNITS}
    ),
    "pinterest": ColumnNames(
        campaign=_IDS,
        date=_DATES,
        cost={
            "spendinmicrodollar": MICROS,
            "spendindollar": UNITS,
            "spendinaccountcurrency": UNITS,
            "spend": None,
        },
    ),
    "x": ColumnNames(
        campaign=(*_IDS, "id"),
        date=(*_DATES, "timeperiod"),
        cost={"billedchargelocalmicro": MICROS, "spendmicro": MICROS, "spend": None},
    ),
    "amazon": ColumnNames(
        campaign=_IDS,
        date=(*_DATES, "startdate"),
        cost={"cost": UNITS, "spend": UNITS, "totalcost": UNITS},
        known_unit=UNITS,
    ),
    "apple": ColumnNames(
        campaign=_IDS,
        date=_DATES,
        cost={"localspendamount": UNITS, "localspend": UNITS, "spend": UNITS},
        currency=("currency", "localspendcurrency", "currencycode"),
        known_unit=UNITS,
    ),
    "other": ColumnNames(campaign=_IDS, date=_DATES, cost={"spend": None, "cost": None, "amount": None}),
}
