"""One tree's rows out of the database, as arrays, and the genealogy that they make.

Which rows are read stands in `queries/network.sql`: a person, whether there is a parent, who, and in which leg.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from mlmcore.domain.enums import GenealogyTree
from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.repositories.network_rules import LEG_COLUMN, PARENT_COLUMN
from mlmcore.sql.bulk import read_blocks
from mlmcore.sql.session import Session

__all__ = ["Arrays", "ids_of", "positions", "tree_of", "tree_rows"]

Arrays = Mapping[str, NDArray[Any]]

_SHAPE: Final = {"id": "uuid", "joined": "int4", "has_parent": "bool", "parent": "uuid", "leg": "int4"}


def tree_rows(session: Session, tree: GenealogyTree, query: str = "network_tree", **parameters: object) -> Arrays:
    """Everybody in a tree, by id: `id`, `joined` (days since 1970-01-01), `has_parent`, `parent`, `leg`."""
    column = PARENT_COLUMN[tree]
    chunks = session.copy_out(
        query,
        {"tree": tree.value, "legs": tree in LEG_COLUMN, **parameters},
        parent=column,
        leg=LEG_COLUMN.get(tree, "sponsor_leg"),  # unused where the tree has no legs
    )
    return read_blocks(chunks, _SHAPE)


def ids_of(rows: Arrays) -> IdIndex:
    """Who the rows are."""
    return IdIndex.from_keys(rows["id"].astype(np.uint64, copy=False))


def positions(ids: IdIndex, there: NDArray[Any], keys: NDArray[Any]) -> NDArray[np.int32]:
    """int32[m]: the position of each key, -1 where there is none."""
    return cast("NDArray[np.int32]", np.where(there, ids.find(keys.astype(np.uint64, copy=False)), -1).astype(np.int32))


def tree_of(rows: Arrays, ids: IdIndex) -> Genealogy:
    """The genealogy that rows make; a parent who is not among them makes a root.

    Raises:
        InputError: The rows are no forest, or two people hang in one leg.
    """
    parent = positions(ids, rows["has_parent"], rows["parent"])
    return build(ids, parent, np.where(parent < 0, 0, rows["leg"]).astype(np.int32))
