"""The gateway's database: SQLite by default, PostgreSQL beyond one machine, with the same code."""
