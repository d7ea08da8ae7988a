"""A read model that can be deleted at any time: feeds, polls, tagged, alerts ─► rows in a SQLite file of its own."""
