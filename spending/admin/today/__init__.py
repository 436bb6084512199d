"""The admin's first page: what needs a person, what happened since, and how every client is doing."""
