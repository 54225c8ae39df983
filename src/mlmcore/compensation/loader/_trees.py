"""Read `[trees.NAME]`: the trees that a plan makes itself."""

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import DerivedTree
from mlmcore.genealogy.spillover.structure import WIDTH_MAX

__all__ = ["read_trees"]

_DEPTH_MAX = 1_000_000


def read_trees(whole: Section) -> dict[str, DerivedTree]:
    """Read every derived tree of a plan."""
    entries = whole.entries("trees")
    return {name: _tree(name, Section(item, whole.file, whole.findings)) for name, item in entries.items()}


def _tree(name: str, section: Section) -> DerivedTree:
    width = section.need("width", "how many legs everybody has: width = 2 is a binary")
    depth = section.take("depth")
    tree = DerivedTree(
        name=name,
        placed=section.choice(section.need("placed", explained(choices.PLACED)), choices.PLACED, "breadth_first"),
        under=section.choice(section.need("under", explained(choices.UNDER)), choices.UNDER, "nearest"),
        tree=section.text(section.take("tree")) or None,
        where=section.expression(section.take("where")) or Expression(text="true"),
        width=section.whole(width, 2, 1, WIDTH_MAX),
        depth=None if depth is None else section.whole(depth, 1, 1, _DEPTH_MAX),
        full=section.choice(section.take("full"), choices.FULL),
        order=section.expression(section.need("order", choices.PLACING_ORDER)) or Expression(text="joined"),
        volume=section.expression(section.take("volume")),
        place=section.place(),
    )
    section.close()
    return tree
