"""The network in a store: whole trees as arrays, a person's group and upline, and the paths that a store may keep."""

from datetime import date
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from mlmcore.domain.enums import GenealogyTree

if TYPE_CHECKING:  # whoever enrols people needs neither numpy nor the genealogy
    from mlmcore.genealogy import Genealogy
    from mlmcore.genealogy.dated import DatedEdges

__all__ = ["Trees"]


class Trees(Protocol):
    """The three trees over the distributors: sponsor, placement, enroller.

    Parents with dates are the only truth (`Distributors`, promises D3 to D6). Everything here is read from them, and
    what a store keeps beside them (paths) can be built again.

    - **T1** `read` returns every distributor, terminated ones too. Keys are the stores' ids, labels their text. Whoever
      has no parent in the tree is a root. Legs are those that are stored (`sponsor_leg`, `placement_leg`); in the
      enroller tree, and for roots, 0.
    - **T2** `read` with a day returns everybody whose `join_date` is that day or an earlier one, each where they stood
      at the end of that day in the timezone: a move from the first instant of the next day on is undone, and the
      earliest such move of a person says where the person stood.
    - **T3** Dates that contradict each other are refused and never mended, all at once (`InputError`): somebody whose
      parent on that day joins later (code `trees.late-parent`, by number, with both dates), and two people in one leg.
    - **T4** `group` returns a person as the only root, with leg 0, and everybody below, at most so many levels down;
      0 levels are the person alone.
    - **T5** `upline` returns everybody above a person, the nearest first; `is_below` says whether somebody stands
      anywhere above a person; nobody stands below themselves.
    - **T6** `history` has a row for each person's joining, at the first instant of the `join_date` in the timezone, and
      one for each later move, at its `moved_at`. Instants are microseconds since 1970-01-01 UTC. A move up to the
      joining has no row: the joining's row says where it led. The last microsecond of a day in that timezone,
      `as_of`, is the tree that `read` returns for the day.
    - **T7** The answers are the same whether paths are kept for a tree or not, and asking changes nothing.
    - **T8** Paths of the sponsor tree are kept from the start, those of the placement tree are not. `keep_paths` says
      otherwise and returns how many rows the tree then has: one for each person and each of their ancestors, or none.
      A change of it leaves an audit row of `genealogy_closure`. The enroller tree never keeps paths (`RefusedError`).
    - **T9** `rebuild_paths` makes all rows of a tree again from the parents and returns how many there are; 0 where
      none are kept. A store without such rows returns how many there would be.
    - **T10** `check_paths` compares the stored rows with the parents and returns where they agree. Otherwise it raises
      `StorageError`, which says how many rows are missing, superfluous and wrong, with the first of each; where no
      paths are kept every row is superfluous.
    - **T11** A person who is not stored raises `NotFoundError`.
    - **T12** An id that is no UUID, a tree, a day, a timezone or a number of levels that is none raises `InputError`,
      which shows what was given.
    """

    def read(self, tree: GenealogyTree, /, *, day: date | None = None, timezone: str = "UTC") -> "Genealogy":
        """Return a whole tree, as it stands or as it stood at the end of a day (T1 to T3).

        Args:
            tree: Which.
            day: The day; None for now, with everybody, also who joins later.
            timezone: Whose days, by IANA name.
        """
        ...

    def group(self, tree: GenealogyTree, user_id: UUID, /, *, levels: int | None = None) -> "Genealogy":
        """Return a person and everybody below, or those at most so many levels below (T4)."""
        ...

    def upline(self, tree: GenealogyTree, user_id: UUID, /) -> tuple[UUID, ...]:
        """Return everybody above a person, the nearest first (T5)."""
        ...

    def is_below(self, tree: GenealogyTree, user_id: UUID, above_id: UUID, /) -> bool:
        """Return whether the first stands anywhere below the second (T5)."""
        ...

    def history(self, tree: GenealogyTree, /, *, timezone: str = "UTC") -> "DatedEdges":
        """Return where everybody ever stood, since when (T6).

        Args:
            tree: Which.
            timezone: Whose days the days of joining are, by IANA name.
        """
        ...

    def keeps_paths(self, tree: GenealogyTree, /) -> bool:
        """Return whether the store keeps a row for each person and ancestor of a tree (T8)."""
        ...

    def keep_paths(self, tree: GenealogyTree, keep: bool, /) -> int:
        """Keep the paths of a tree from now on, or stop; return how many rows the tree then has (T8)."""
        ...

    def rebuild_paths(self, tree: GenealogyTree, /) -> int:
        """Make all paths of a tree again from the parents; return how many there are (T9)."""
        ...

    def check_paths(self, tree: GenealogyTree, /) -> None:
        """Refuse paths that do not follow from the parents (T10)."""
        ...
