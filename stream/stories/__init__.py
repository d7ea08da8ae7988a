"""From items to stories: candidates ─► marks, sameness ─► story ─► alerts.THEME."""
