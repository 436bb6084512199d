"""Sending what is in the outbox: claimed with a lease, sent outside any transaction, settled afterwards."""
