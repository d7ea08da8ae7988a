"""Themes of one's own: a description and some labels ─► head (learning, gate) ─► judged beside the model that ships."""
