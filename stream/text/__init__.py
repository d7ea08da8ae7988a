"""Texts, links and patterns of the world, compared and made canonical: pure."""
