"""The service: HTTP, pages, database, jobs, users; the only reader of settings and the only writer of rows."""
