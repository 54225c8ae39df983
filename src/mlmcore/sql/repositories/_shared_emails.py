"""Who of a load of users has whose e-mail, as the database compares them."""

from collections.abc import Sequence
from typing import Any

from mlmcore.repositories.shared_emails import SharedEmail, SharedEmails
from mlmcore.sql.session import Session

__all__ = ["find_shared_emails"]


def find_shared_emails(session: Session, ids: Any, emails: Sequence[str]) -> SharedEmails:
    """Look for them among some users who are not stored.

    Args:
        session: In whose transaction the load was undone.
        ids: Whatever the server takes for an array of UUIDs.
        emails: Of each.
    """
    rows = session.rows("users_shared_emails", {"ids": ids, "emails": list(emails)})
    shown = [SharedEmail(user_id=row["id"], other_id=row["other"], stored=row["stored"]) for row in rows]
    return SharedEmails(shown=shown, count=rows[0]["count"] if rows else 0)
