"""From decisions to people: outbox ─► deliver (lines, losing) ─► channels: webhook, mail, chat ─► answering."""
