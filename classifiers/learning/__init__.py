"""From statements and labels to a model: examples ─► train (fitting, thresholds) ─► promotion gate ─► `models`."""
