"""English, the admin's language."""
