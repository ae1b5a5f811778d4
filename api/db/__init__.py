"""The database: the embedded PostgreSQL, sessions, tables, repositories, migrations."""
