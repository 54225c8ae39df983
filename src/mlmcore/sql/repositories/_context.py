"""What every repository of one unit of work shares: the session, the cipher, and the unit's instant."""

from datetime import datetime

from attrs import field, frozen

from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.session import Session

__all__ = ["Context"]


@frozen(kw_only=True, eq=False)
class Context:
    """One unit of work as its repositories see it.

    Attributes:
        session: Runs named queries.
        cipher: Seals and opens secrets, or None.
        now: The transaction's instant, in UTC.
    """

    session: Session
    cipher: Cipher | None = field(repr=False)
    now: datetime
