"""Who may receive what, why, how much: schemes as dated terms over a closed vocabulary of facts.

The only room where money is decided.
"""
