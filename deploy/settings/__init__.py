"""Settings: their types and defaults, where their values come from, and the places that they name."""
