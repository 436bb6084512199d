"""The ledger and its imports over REST."""
