"""Who did what: acts, events, the chain that seals them.

Refuses to hold personal values.
"""
