"""PostgreSQL: the schema, its installer, and the repositories over a host's connection.

Needs the extra `postgres`. Start with `PsycopgSession` or `SqlAlchemySession` over a connection of yours, and make
units of work from a `SqlStore`; `installer.apply` installs the schema.
"""

from mlmcore.domain.errors import MissingExtraError

try:
    import psycopg
except ImportError as error:  # pragma: no cover  (the tests run with the extra)
    raise MissingExtraError(library="psycopg", extra="postgres") from error

from mlmcore.sql.session import PsycopgSession, Session, SqlAlchemySession
from mlmcore.sql.unit_of_work import SqlStore, SqlUnitOfWork

__all__ = ["PsycopgSession", "Session", "SqlAlchemySession", "SqlStore", "SqlUnitOfWork"]

del psycopg
