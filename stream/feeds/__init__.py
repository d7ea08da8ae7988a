"""What is wished to be polled, as the stream keeps it."""
