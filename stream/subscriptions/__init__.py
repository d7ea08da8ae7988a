"""Subscriptions: what one may be, whoever asks for it, and how all of them are read."""
