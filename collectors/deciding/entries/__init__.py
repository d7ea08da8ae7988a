"""Entries of a document against those seen before ─► what is new, edited, known or held back."""
