"""What operators see: metrics, log lines, the audit balance of each stage, and the canary."""
