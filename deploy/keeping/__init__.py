"""Keeping what an installation knows: backups, and moving from one stream to another."""
