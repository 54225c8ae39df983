"""One thing that a plan computes. Which there are, and in which order, stands in `steps`."""

from typing import Literal

from attrs import field, frozen

__all__ = ["Step", "StepKind"]

StepKind = Literal["order_column", "measure", "rank", "bonus", "cap", "carry", "recursion", "fixpoint"]


@frozen(kw_only=True)
class Step:
    """One thing to compute.

    Attributes:
        kind: What it is. A `recursion` is several that read one another, or one that reads itself, evaluated person by
            person along one tree; a `fixpoint` is ranks, and what they are made of, evaluated until nothing changes.
        name: The order column's, measure's, bonus's, cap's or carry's name; "rank" for all ranks together; of a
            recursion or fixpoint the names of all, joined by commas.
        members: Of a recursion or fixpoint: what it computes, so that among the columns of one person everything
            comes after what it reads; in a fixpoint the ranks come last.
        tree: Of a recursion: along which tree.
        way: Of a recursion: whether people read those below them, who then come first, or those above.
    """

    kind: StepKind
    name: str
    members: "tuple[Step, ...]" = field(default=())
    tree: str = ""
    way: Literal["down", "up", ""] = ""
