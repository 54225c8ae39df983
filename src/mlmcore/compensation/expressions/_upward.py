"""Check and type `sponsor(x, default=)` and `nearest(COND, x, default=)`: a value of somebody above.

Both go upward from the person at hand, in the plan's tree or in the one that `tree=` names. What stands inside is
asked of the person found.
"""

from typing import TYPE_CHECKING, Final

from mlmcore.compensation.expressions._arguments import given_arguments, keywords, tree_named
from mlmcore.compensation.expressions._mine import few_valued, mine
from mlmcore.compensation.expressions._units import combined
from mlmcore.compensation.expressions.names import inside_upward
from mlmcore.compensation.expressions.syntax import FunctionCall
from mlmcore.compensation.expressions.tree import Node, Subject, Upward

if TYPE_CHECKING:
    from mlmcore.compensation.expressions.check import Checker

_USAGE: Final = {"sponsor": "sponsor(x, default=VALUE)", "nearest": "nearest(COND, x, default=VALUE)"}


def check_upward(checker: "Checker", syntax: FunctionCall) -> Node:
    """Type a value of the sponsor, or of the nearest person above for whom a condition holds."""
    usage = f"write {_USAGE[syntax.name]}"
    options = keywords(checker, syntax, "default", "tree")
    whose = _whose(checker, syntax)
    if len(syntax.arguments) != (1 if syntax.name == "sponsor" else 2):
        raise checker.fail(given_arguments(syntax), syntax.at, usage)
    if "default" not in options:
        raise checker.fail(f"{syntax.name}(...) needs default=: its value where there is nobody", syntax.at, usage)
    inner = checker.within(inside_upward(checker.context))
    *conditions, item = inner.check_all(syntax.arguments)
    for condition in conditions:
        inner.boolean(condition, "what nearest(...) looks for")
    default = checker.alike(options["default"], item)
    for node in (item, default):
        if node.type.kind == "number":
            checker.number(node, f"a value of {syntax.name}(...)", ratio=False)
    if conditions:
        _check_cost(checker, conditions[0], syntax)
    found = combined(item.type, default.type)
    if isinstance(found, str):
        raise checker.fail(found, default.at)
    return Upward(
        whose=whose,
        tree=tree_named(checker, options.get("tree")),
        condition=conditions[0] if conditions else None,
        item=item,
        default=default,
        type=found,
        at=syntax.at,
    )


def _check_cost(checker: "Checker", condition: Node, syntax: FunctionCall) -> None:
    """Refuse a condition that is asked anew by everybody below, unless the plan says `slow = true`."""
    asked = mine(condition)
    if checker.namespace.slow or len(few_valued(asked, len(checker.namespace.rank_ids))) == len(asked):
        return
    what = "nearest(...) looks at everybody above everybody: what it asks of `me.` is no rank and no condition"
    raise checker.fail(what, syntax.at, "write slow = true in [plan] to have it all the same")


def _whose(checker: "Checker", syntax: FunctionCall) -> Subject:
    """Above whom: the person whose columns bare names are."""
    for group, subject in checker.context.bare:
        if group == "person":
            return subject
    what = f"{syntax.name}(...) means nothing in {checker.context.words}"
    raise checker.fail(what, syntax.at, "there is no person whose upline it could be")
