"""The canary: synthetic items that go the whole way, from a feed of our own to a delivery to ourselves.

    sender ─► canary.feeds ─► collect ─► canary.items ─► tag ─► canary.candidates ─► story ─► canary.alerts
      ▲   (polls our own feed)                                                                     │
      └───────── webhook ◄─ deliver ◄─ canary.outbox ◄─ match ◄────────────────────────────────────┘

`isolated` keeps them apart from everything people see, `sender` sends and receives, `document` is the feed.
"""
