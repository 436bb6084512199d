"""Carrying a plan out, batch by batch."""
