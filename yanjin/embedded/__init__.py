"""PostgreSQL and Valkey run from their wheels, for the demo and the tests: private, loopback or socket only, never outliving their parent.

It refuses to know anything of Django. Production brings its own servers through ``DATABASE_URL`` and ``REDIS_URL``.
"""

from yanjin.embedded.postgres import EmbeddedPostgres, prepare_database
from yanjin.embedded.processes import ServerError
from yanjin.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "ServerError", "prepare_database"]
