"""Where: the country's divisions by 12-digit code, their names over time, and what happens when they change.

Refuses to know what lies in them.
"""
