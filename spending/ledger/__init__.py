"""Entries, the rule that books them, the totals, and the SQL for many rows."""
