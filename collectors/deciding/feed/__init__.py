"""A feed: its row, its health, and when it is polled next."""
