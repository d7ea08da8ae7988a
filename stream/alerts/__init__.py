"""From candidates to people: story ─► alerts.THEME ─► match ─► outbox ─► deliver ─► webhook, mail, chat."""
