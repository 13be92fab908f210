"""The wall: whose eyes are looking, held by PostgreSQL row-level security.

`open_scope` says it once per request or task; `fence` puts a table behind it. Knows no model.
"""
