"""Builds what ships ready made: the model of the statements, their vectors, and what centring needs."""
