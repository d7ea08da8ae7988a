"""The themes of a service: those that ship, and those that its people have added, which come and go while it runs."""
