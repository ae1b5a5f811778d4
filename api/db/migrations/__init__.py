"""The history of the schema; `api.db.migrate` applies it."""
