"""The schema's tables in SQLAlchemy Core, for hosts that build their own queries or keep an eye on drift.

    orders = metadata_for("mlmcore").tables["mlmcore.orders"]
    connection.execute(select(orders.c.total).where(orders.c.currency == "EUR"))

Written from the documents, apart from the `.sql` files that install the schema; a test holds the two equal. They
describe; they do not install: functions, triggers and partitions are in the files only. Needs SQLAlchemy.
"""

from mlmcore.domain.errors import MissingExtraError

try:
    from sqlalchemy import MetaData
    from sqlalchemy.schema import SchemaConst
except ImportError as error:  # pragma: no cover  (the tests run with the extra)
    raise MissingExtraError(library="sqlalchemy", extra="sqlalchemy") from error

# Each of these modules declares its tables in DECLARED.
from mlmcore.sql.tables import _auto_ship, _commissions, _compliance, _crm, _network, _people, _sales  # noqa: F401
from mlmcore.sql.tables._vocabulary import DECLARED

__all__ = ["metadata_for"]


def metadata_for(schema: str | None = "mlmcore") -> MetaData:
    """All tables, as they are in a schema of that name.

    Args:
        schema: The schema's name, unquoted; None for tables without one, which the connection's `search_path` finds.

    Returns:
        A new `MetaData`, the caller's own. Keys of its `tables` are `SCHEMA.TABLE`, or `TABLE` for None.
    """
    metadata = MetaData(schema=schema, naming_convention=DECLARED.naming_convention)
    for table in DECLARED.tables.values():
        table.to_metadata(metadata, schema=SchemaConst.RETAIN_SCHEMA if schema is None else schema)
    return metadata
