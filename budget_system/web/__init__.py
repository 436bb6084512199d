"""What stands between a socket and a view: the server, its limits, middleware, error pages, health."""
