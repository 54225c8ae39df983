"""Erasing people: the one way in which personal values leave the store."""

from collections.abc import Collection, Mapping
from typing import Protocol
from uuid import UUID

__all__ = ["Erasures"]


class Erasures(Protocol):
    """Takes personal values and secrets out of rows that stay.

    Which rows belong to whom is the operation's business (`mlmcore.operations.erasure`); which of their columns are
    personal is said once, in `mlmcore.domain.personal`.

    - **I1** In the rows that are named, what `PERSONAL` says stands in place of each personal value, nothing in place
      of each secret but those to keep; every other column stays. Rows that are not there are passed over; a row in
      which nothing of it is left stays as it is, its `updated_at` too.
    - **I2** No clear text of these rows is left in the audit log: the values that it holds beside its hashes are
      deleted. Nothing else is ever deleted.
    - **I3** One audit row says so: action `erase`, of the row that stands for the person, with the reason and how many
      rows of which table. The erasure itself writes no other.
    - **I4** A table that holds nothing personal is refused (`RefusedError`), and so is an empty reason; all or nothing.
    """

    def erase(
        self,
        table: str,
        key: UUID,
        rows: Mapping[str, Collection[UUID]],
        /,
        *,
        reason: str,
        keep: Collection[str] = (),
    ) -> Mapping[str, int]:
        """Erase what is personal in some rows.

        Args:
            table: The table and
            key: the key of the row that stands for the person: `users` or `customers`.
            rows: By table the keys of all rows, that one among them.
            reason: Why; it stays in the log, so it holds nothing personal.
            keep: Secret columns to keep, as `table.column`.

        Returns:
            How many rows of each table were erased.
        """
        ...

    def find(self, table: str, key: UUID, /) -> Mapping[str, int] | None:
        """Return how many rows of each table were erased with a person, or None where nobody was."""
        ...
