"""Secrets at rest: which key seals how many of them, and sealing them anew when keys are rotated."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from attrs import frozen

__all__ = ["Resealed", "SealedPlace", "Secrets"]


@frozen(kw_only=True, order=True)
class SealedPlace:
    """A row that holds secrets: after it, resealing goes on.

    Attributes:
        table: The table.
        key: The row's key.
    """

    table: str
    key: UUID


@frozen(kw_only=True)
class Resealed:
    """What became of one page.

    Attributes:
        rows: How many rows were sealed anew.
        after: Where the next page begins; None when everything is sealed under the current key.
    """

    rows: int
    after: SealedPlace | None


class Secrets(Protocol):
    """The sealed columns of all tables (`repositories.secrets.SECRET_COLUMNS`).

    - **B1** `reseal` goes through the rows by table, then key, and seals anew what is not sealed under the cipher's
      current key, at most `limit` rows at a time. What is sealed under it stays as it is, to the byte.
    - **B2** What was sealed comes back as it went in. Besides it only `updated_at` changes.
    - **B3** Each page writes one audit row per table (`bulk`), and none for a row.
    - **B4** Without a cipher, or with one that cannot open a row, nothing of the page is kept; the error names table
      and row (`RefusedError`).
    """

    def reseal(self, after: SealedPlace | None, limit: int, /) -> Resealed:
        """Seal the next rows anew."""
        ...

    def count_by_key(self) -> Mapping[tuple[str, str], int]:
        """Return how many rows hold a secret that is sealed under a key, by table and key id, in that order.

        A key may be thrown away once no row names it.
        """
        ...
