"""REST bases: who calls, what he declared, strict parameters, cursors, fast reads, problem+json, the schema.

Knows no resource of its own except divisions, code lists and the description of itself. Place is the wall's business:
nothing here filters by place, and a row outside the caller's place does not exist (404).
"""
