"""The client's month in the admin: the page, its files, and the links by which a client reads it."""
