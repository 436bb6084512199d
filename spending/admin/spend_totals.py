"""What the filtered entries of the ledger come to, in each currency: one statement, over a limited number of rows."""

from typing import Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, QuerySet

from budget_system.core.money import SUM_PART, cents_in, from_cents, money
from budget_system.core.text import counted
from spending.models import Spend

MAX_ROWS: Final = 100_000
"""Entries that are added up while somebody waits for the page, where they were asked for by a filter or a search."""
MAX_UNASKED: Final = 10_000
"""Entries that are added up for who only opened the list."""


def totals_text(spends: QuerySet[Spend], *, limit: int) -> str:
    """Return the sums, a currency each; they are never added across currencies, nor over more rows than the limit."""
    limited = spends.order_by().values(cents=F("amount"), currency=F("campaign__brand__currency"))[: limit + 1]
    try:
        sql, parameters = limited.query.sql_with_params()
    except EmptyResultSet:  # somebody who sees no brand
        return ""
    statement = f"""
        SELECT currency, COUNT(*), SUM(cents / {SUM_PART}), SUM(cents %% {SUM_PART}) FROM ({sql}) AS found
        GROUP BY currency ORDER BY currency
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        sums = cursor.fetchall()
    entries = sum(count for _, count, _, _ in sums)
    if entries > limit:
        return f"More than {limit:,} entries: filter the list to see a total."
    amounts = [f"{money(from_cents(cents_in(high, low)), currency)} {currency}" for currency, _, high, low in sums]
    return f"Total of {counted(entries, 'entry', 'entries')}: {' · '.join(amounts)}" if amounts else ""
