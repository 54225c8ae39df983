"""What a bonus finds where a plan says `tree_as_of = "sale"`: each order's walk goes up the tree of the order's day.

Orders stand by date, so those of one version of a tree stand together, and what is found on one version after the
other stands in the order of the orders. Only the walk itself changes: conditions and rates are columns of people, which
are made on the trees of the period's end.
"""

from collections.abc import Callable
from typing import Any

from mlmcore.compensation.bonuses._found import Found, stacked
from mlmcore.compensation.bonuses._sources import Sources
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import AmountBonus, SourceBonus

__all__ = ["found_on_trees"]


def found_on_trees(
    sheet: Sheet, bonus: SourceBonus, sources: Sources, finder: Callable[[Sheet, Any, Sources], Found]
) -> Found:
    """Return what a finder finds, version by version of the bonus's tree where there are several.

    Raises:
        InputError: Something in it cannot be computed.
    """
    tree = bonus.tree or sheet.plan.tree
    if isinstance(bonus, AmountBonus) or bonus.source != "orders" or tree not in sheet.rows.versions.days:
        return finder(sheet, bonus, sources)
    parts = []
    for name, rows in sheet.rows.versions.spans(tree, sheet.rows.orders.date[sources.order]):
        sheet.standing = {tree: name}
        parts.append(finder(sheet, bonus, sources.some(rows)))
    sheet.standing = {}
    return stacked(parts[0], parts) if parts else finder(sheet, bonus, sources)
