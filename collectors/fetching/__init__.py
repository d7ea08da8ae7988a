"""One poll over HTTP: request ─► guarded hops ─► inflate ─► a body, or why there is none."""
