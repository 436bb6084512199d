"""The oracle: what the rules answer to every operation, and which campaigns they decide at once."""

from tests.oracle.ledger_rules import LedgerRules
from tests.oracle.owner_rules import OwnerRules
from tests.oracle.window_rules import WindowRules


class Oracle(LedgerRules, OwnerRules, WindowRules):
    """The rules as operations: each takes the facts on and says which answer it must be given."""
