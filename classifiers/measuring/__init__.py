"""How good a model is: evaluate ─► figures and a page; drift ─► how far what it reads has moved away."""
