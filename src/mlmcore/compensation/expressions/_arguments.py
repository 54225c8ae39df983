"""What all calls have in common: how many arguments, which keywords, the name of a tree."""

from typing import TYPE_CHECKING

from mlmcore.compensation.expressions.syntax import ExpressionError, FunctionCall, Identifier, Syntax
from mlmcore.compensation.nearest import nearest

if TYPE_CHECKING:
    from mlmcore.compensation.expressions.check import Checker


def given_arguments(syntax: FunctionCall) -> str:
    """Say how many arguments a call has, where that is wrong."""
    count = len(syntax.arguments)
    return f"{syntax.name}(...) was given {count} argument{'' if count == 1 else 's'}"


def keywords(checker: "Checker", syntax: FunctionCall, *known: str) -> dict[str, Syntax]:
    """Return the keyword arguments, all of them known and each once."""
    for key, value in syntax.keywords:
        if key not in known:
            todo = nearest(key, known) if known else "leave it out"
            raise checker.fail(f"{syntax.name}(...) knows no keyword {key!r}", value.at, todo)
    return dict(syntax.keywords)


def tree_named(checker: "Checker", syntax: Syntax | None) -> str:
    """Return the tree that `tree=` names, or the plan's."""
    if syntax is None:
        return checker.namespace.default_tree
    name = syntax.name if isinstance(syntax, Identifier) else ""
    if name not in checker.namespace.trees and name in checker.namespace.broken:
        raise ExpressionError("", "", syntax.at)
    if name not in checker.namespace.trees:
        raise checker.fail(f"unknown tree {name!r}", syntax.at, nearest(name, checker.namespace.trees))
    return name
