"""Between a socket and a view: the server, its limits, middleware, and error pages."""
