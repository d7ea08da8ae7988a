"""Kinds of sources: one file each, and a line in `registry.py`.

PollRequest ─► SourceKind.poll ─► Document ─► decided on
                    ▲                 │
                    └──── next_url ───┘      a poll of several steps: each is a durable request of its own
"""
