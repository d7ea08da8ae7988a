"""What `themewire run` is made of: the composition root, roles, readiness and retraining."""
