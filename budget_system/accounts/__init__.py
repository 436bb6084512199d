"""People's logins: passwords, the second factor, lockout, and their pages in the admin."""
