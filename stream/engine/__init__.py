"""The engine under all stages: poll ─► batch (decide) ─► commit ─► requests; with timers and rate limits."""
