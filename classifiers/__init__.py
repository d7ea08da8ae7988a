"""The tag stage and its trainer: items ─► language, text, encoders ─► model ─► tagged, candidates."""
