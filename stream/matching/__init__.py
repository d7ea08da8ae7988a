"""From alerts to decisions: alerts.THEME, events ─► match (filters, hours, silence) ─► outbox."""
