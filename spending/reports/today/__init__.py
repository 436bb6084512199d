"""What a person needs to know today: what needs them, what happened since, and how every client is doing."""
