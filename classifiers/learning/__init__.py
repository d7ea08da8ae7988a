"""From statements and labels to a model: examples ─► train (fitting, thresholds) ─► gate ─► a record on `models`."""
