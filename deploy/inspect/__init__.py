"""Answers questions about a stream without changing it: why-not, preview, replay, and the summary of a run."""
