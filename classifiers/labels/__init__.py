"""What people say of items: formats ─► `labels` ─► words (what holds now) ─► examples, conflicts, which one next."""
