"""Looking back and ahead without changing anything: why-not, preview, replay, and what a run came to."""
