"""From decisions to people: outbox ─► deliver (queue, give-up notices) ─► channels: webhook, mail, chat ─► feedback."""
