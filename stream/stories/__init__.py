"""From items to stories: candidates ─► features, same_event_probability ─► story ─► alerts.THEME."""
