"""Users and groups in the admin."""
