"""The machine: every operation there is, on one pair of system and oracle.

A new kind of operation is a class of `@operation` methods that extends `Driver`, named here among the bases.
"""

from tests.oracle.driver import Driver
from tests.oracle.ops_alerts import AlertOperations
from tests.oracle.ops_answers import AnswerOperations
from tests.oracle.ops_bulk import BulkOperations
from tests.oracle.ops_clock import ClockOperations
from tests.oracle.ops_imports import ImportOperations
from tests.oracle.ops_ledger import LedgerOperations
from tests.oracle.ops_owners import OwnerOperations
from tests.oracle.ops_windows import WindowOperations


class BudgetMachine(
    BulkOperations,
    ImportOperations,
    LedgerOperations,
    OwnerOperations,
    WindowOperations,
    AlertOperations,
    AnswerOperations,
    ClockOperations,
    Driver,
):
    """Drives the system and the oracle through all operations."""
