"""The collect stage: feeds ─► schedule ─► fetch ─► parse ─► decide ─► items, polls."""
