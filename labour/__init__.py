"""The registry: households, people, employers, employment, and the year rows that rules and figures read.

Refuses to know of posts, training, or money paid.
"""
