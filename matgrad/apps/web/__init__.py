"""The page: one function from request to JSON, worker processes that run it, a server, and static files."""
