"""REST bases: problem+json, cursors, scopes, masks, schema.
"""
