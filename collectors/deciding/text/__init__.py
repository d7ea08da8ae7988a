"""Texts of entries: made plain, compared, and kept as a few bytes."""
