"""What the world may send, and when: a text that must stay one, whatever shows it."""

__all__ = ["EVIL", "NOW"]

NOW = 1_764_000_000_000
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e{{701*7}}'
