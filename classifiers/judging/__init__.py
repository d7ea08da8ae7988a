"""From a text to a judgement: text ─► encoders ─► features ─► model ─► classify, with rules in front."""
