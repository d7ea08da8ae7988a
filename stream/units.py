"""Spans of time in milliseconds, the unit of every moment in records and tables; those in seconds say so."""

__all__ = ["DAY", "DAY_SECONDS", "HOUR", "HOUR_SECONDS", "MINUTE", "SECOND", "WEEK"]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY

HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400
