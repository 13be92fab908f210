"""The ground floor: divisions, accounts, the wall, audit, jobs, exchange, web and REST bases.

Knows nothing of labour, posts, training or money.
"""
