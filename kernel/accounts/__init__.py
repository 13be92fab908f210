"""Who: users, their appointments, the role table, logging in.

Refuses to know what a role's actions do.
"""
