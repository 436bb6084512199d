"""The oracle: what the rules answer to every operation, and which campaigns they decide at once."""

from tests.oracle.bulk_rules import BulkRules
from tests.oracle.import_rules import ImportRules
from tests.oracle.owner_rules import OwnerRules
from tests.oracle.window_rules import WindowRules


class Oracle(BulkRules, ImportRules, OwnerRules, WindowRules):
    """The rules as operations: each takes the facts on and says which answer it must be given."""
