"""Pure: a document and the entries seen before ─► what is new, when the feed is polled next, and its health."""
