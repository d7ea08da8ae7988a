"""Settings: their types and defaults, where their values come from, and the paths and addresses that they name."""
