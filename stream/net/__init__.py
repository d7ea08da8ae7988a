"""Going out: where we may connect to, and the one HTTP client, guarded and bounded.

URL ─► guard ─► dial ─► connection ─► http          idle keeps connections for the next request, trust says whose
                                                    certificates are taken
"""
