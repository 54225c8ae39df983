"""How many small changes of kernels and engine the tests notice: a sample of mutants, each run against its own tests.

`python benchmarks/mutants.py [--each 10] [--seed 1] [--only TEXT]`. A mutant is one module with one operator,
comparison, number, default or constant changed. It is noticed when a test fails; what survives is printed with its
line, to be understood: it is either equivalent, or a test is missing. Everything happens in a copy of the project; it
needs the extra `test`.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
_ENGINE: Final = "compensation/engine/test_"
_TWIN: Final = "compensation/twin/test_"
_LANGUAGE: Final = "compensation/language/test_"
_EXPRESSIONS: Final = (f"{_LANGUAGE}expression_values.py", f"{_LANGUAGE}expressions_against_twin.py")
_PEOPLE: Final = (f"{_ENGINE}what_expressions_say.py", f"{_TWIN}expressions_over_people.py")
_LEVELS: Final = (f"{_TWIN}levels_rule_by_rule.py", f"{_ENGINE}lines.py", f"{_TWIN}pairs_rule_by_rule.py")
_DIFFERENCES: Final = (f"{_ENGINE}differential.py", f"{_TWIN}engine_against_twin.py")
_RECURSIONS: Final = (f"{_ENGINE}recursion.py", f"{_TWIN}recursive_measures.py", f"{_TWIN}recursion_against_twin.py")
_POOLS: Final = (f"{_ENGINE}pool.py", f"{_TWIN}pool_against_twin.py", "compensation/dated/test_weekly_pool.py")
_REFUNDS: Final = (f"{_ENGINE}refunds_take_back.py", f"{_ENGINE}refunds_of_earlier_periods.py")
_WAITING: Final = (
    f"{_ENGINE}lines_that_wait.py",
    "compensation/lines_that_wait.cases.yaml",
    f"{_TWIN}periods_in_a_row.py",
)
_TOLD: Final = ("compensation/explain", f"{_ENGINE}why_and_statement.py")
_OPERATIONS: Final = "operations/test_"
_PAYOUTS: Final = (f"{_OPERATIONS}payouts.py", f"{_OPERATIONS}payout_requests.py")
OF_MODULE: Final[dict[str, tuple[str, ...]]] = {
    "genealogy/_kernels/building.py": (
        "genealogy/test_building_against_twin.py",
        "genealogy/test_edges_that_are_wrong.py",
    ),
    "genealogy/_kernels/closure.py": ("genealogy/test_closure_rows.py",),
    "genealogy/_kernels/differentials.py": (
        "genealogy/test_differentials.py",
        "compensation/engine/test_differential.py",
    ),
    "genealogy/_kernels/grouped.py": ("genealogy/test_grouped.py",),
    "genealogy/grouped.py": ("genealogy/test_grouped.py",),
    "genealogy/_kernels/nearest.py": ("genealogy/test_nearest.py",),
    "genealogy/_kernels/rollups.py": ("genealogy/test_rollups_against_twin.py", "genealogy/test_rollups_refuse.py"),
    "genealogy/_kernels/shares.py": ("genealogy/test_shares.py", "compensation/twin/test_shares_rule_by_rule.py"),
    "genealogy/_kernels/walks.py": ("genealogy/test_walks.py", "compensation/twin/test_levels_rule_by_rule.py"),
    "genealogy/live/_kernels.py": ("genealogy/test_live.py", "genealogy/test_live_model.py"),
    "genealogy/spillover/_kernels.py": ("genealogy/test_spillover.py", "genealogy/test_spillover_against_twin.py"),
    "compensation/rounding.py": (
        "compensation/language/test_array_rounding_against_twin.py",
        f"{_ENGINE}exact_amounts.py",
        f"{_ENGINE}lines.py",
        f"{_ENGINE}caps.py",
    ),
    "compensation/_above.py": _PEOPLE,
    "compensation/_capped.py": (f"{_ENGINE}caps.py", f"{_TWIN}caps_against_twin.py"),
    "compensation/_distinct.py": _PEOPLE,
    "compensation/_given.py": (f"{_ENGINE}given_measures.py",),
    "compensation/_members.py": _PEOPLE,
    "compensation/_placing.py": (f"{_ENGINE}trees_that_a_plan_makes.py",),
    "compensation/_reduction.py": _PEOPLE,
    "compensation/_signs.py": (f"{_LANGUAGE}plan_signs_and_cycles.py",),
    "compensation/_standing.py": (f"{_ENGINE}tree_of_the_sale.py",),
    "compensation/history.py": ("compensation/dated/test_history.py",),
    "compensation/moments.py": ("compensation/dated",),
    "compensation/ranking.py": ("compensation/starter_plan.cases.yaml", f"{_ENGINE}carried_state_and_totals.py"),
    "compensation/scopes.py": (*_PEOPLE, f"{_ENGINE}positions_of_one_owner.py"),
    "compensation/boards/_carried.py": (f"{_ENGINE}boards.py",),
    "compensation/boards/_entries.py": (f"{_ENGINE}boards.py",),
    "compensation/boards/_filling.py": (f"{_ENGINE}boards.py", f"{_TWIN}boards_against_twin.py"),
    "compensation/bonuses/_alike.py": (
        f"{_ENGINE}sources_alike.py",
        f"{_TWIN}pairs_rule_by_rule.py",
        f"{_TWIN}pairs_against_twin.py",
    ),
    "compensation/bonuses/_budget.py": (f"{_TWIN}shares_rule_by_rule.py", f"{_TWIN}shares_against_twin.py"),
    "compensation/bonuses/_climb.py": _RECURSIONS,
    "compensation/bonuses/_climb_differences.py": _RECURSIONS,
    "compensation/bonuses/_counting.py": (f"{_TWIN}pairs_rule_by_rule.py", f"{_TWIN}pairs_against_twin.py"),
    "compensation/bonuses/_decay.py": (f"{_TWIN}shares_rule_by_rule.py", f"{_TWIN}shares_against_twin.py"),
    "compensation/bonuses/_deferred.py": _WAITING,
    "compensation/bonuses/_earnings.py": (f"{_ENGINE}earnings.py", f"{_TWIN}earnings_against_twin.py"),
    "compensation/bonuses/_found.py": (f"{_ENGINE}exact_amounts.py", *_LEVELS),
    "compensation/bonuses/_money.py": (
        f"{_ENGINE}lines.py",
        f"{_ENGINE}exact_amounts.py",
        f"{_ENGINE}bonuses_that_are_columns.py",
        *_REFUNDS,
        *_LEVELS,
    ),
    "compensation/bonuses/_once.py": (f"{_ENGINE}paid_once.py", f"{_ENGINE}plans_that_drop_bonuses.py"),
    "compensation/bonuses/_places.py": _POOLS,
    "compensation/bonuses/_rates.py": _LEVELS,
    "compensation/bonuses/_refundable.py": _REFUNDS,
    "compensation/bonuses/_refunds.py": _REFUNDS,
    "compensation/bonuses/_sources.py": (f"{_ENGINE}orders_without_a_buyer.py", *_LEVELS),
    "compensation/bonuses/_waiting.py": _WAITING,
    "compensation/bonuses/amount.py": (f"{_ENGINE}paying_another.py", f"{_ENGINE}paid_once.py"),
    "compensation/bonuses/binary.py": (
        "compensation/capped_pairs.cases.yaml",
        f"{_ENGINE}binary.py",
        f"{_TWIN}binary_against_twin.py",
    ),
    "compensation/bonuses/differential.py": _DIFFERENCES,
    "compensation/bonuses/levels.py": _LEVELS,
    "compensation/bonuses/_takes_back.py": _REFUNDS,
    "compensation/bonuses/pool.py": _POOLS,
    "compensation/expressions/_dates.py": _EXPRESSIONS,
    "compensation/expressions/_lookup.py": _EXPRESSIONS,
    "compensation/expressions/_units.py": (f"{_LANGUAGE}expression_findings.py", *_EXPRESSIONS),
    "compensation/expressions/_wide.py": _EXPRESSIONS,
    "compensation/expressions/evaluate.py": _EXPRESSIONS,
    "compensation/recursion/descent.py": _RECURSIONS,
    "compensation/recursion/few.py": _RECURSIONS,
    "compensation/recursion/tally.py": _RECURSIONS,
    "compensation/recursion/units.py": _RECURSIONS,
    "compensation/_books.py": (
        f"{_ENGINE}caps.py",
        f"{_ENGINE}exact_amounts.py",
        f"{_ENGINE}bonuses_that_are_columns.py",
        *_WAITING,
    ),
    "compensation/_met.py": (f"{_ENGINE}differential.py",),
    "compensation/_monotone.py": (f"{_LANGUAGE}plan_signs_and_cycles.py", *_RECURSIONS),
    "compensation/_pairs.py": (
        f"{_TWIN}pairs_rule_by_rule.py",
        f"{_ENGINE}differential.py",
        f"{_TWIN}pairs_against_twin.py",
    ),
    "compensation/_recursive_types.py": _RECURSIONS,
    "compensation/_row_names.py": (f"{_ENGINE}plans_that_drop_bonuses.py",),
    "compensation/_two_trees.py": _PEOPLE,
    "compensation/_values_of_me.py": _PEOPLE,
    "compensation/arranged.py": (
        f"{_ENGINE}inputs_that_do_not_fit.py",
        f"{_ENGINE}rows_in_any_order.py",
        f"{_ENGINE}lines.py",
    ),
    "compensation/columns.py": (f"{_LANGUAGE}columns.py", *_EXPRESSIONS),
    "compensation/engine.py": (f"{_ENGINE}inputs_that_do_not_fit.py", "compensation/starter_plan.cases.yaml"),
    "compensation/explain.py": _TOLD,
    "compensation/_explained/_amount.py": (f"{_ENGINE}paid_once.py", *_TOLD),
    "compensation/_explained/_binary.py": (f"{_ENGINE}binary.py",),
    "compensation/_explained/_differential.py": (f"{_ENGINE}differential.py",),
    "compensation/_explained/_levels.py": _TOLD,
    "compensation/_explained/_pool.py": (f"{_ENGINE}pool.py", "compensation/dated/test_every.py"),
    "compensation/_explained/_teller.py": (*_TOLD, f"{_ENGINE}differential.py", f"{_TWIN}pairs_rule_by_rule.py"),
    "compensation/frames.py": _PEOPLE,
    "compensation/inputs.py": (f"{_ENGINE}inputs_that_do_not_fit.py", f"{_ENGINE}tree_of_the_sale.py"),
    "compensation/lines.py": (f"{_ENGINE}lines.py", f"{_ENGINE}exact_amounts.py"),
    "compensation/previous.py": (
        f"{_ENGINE}carried_state_and_totals.py",
        f"{_ENGINE}inputs_that_do_not_fit.py",
        *_WAITING,
    ),
    "compensation/result.py": (f"{_ENGINE}carried_state_and_totals.py", f"{_ENGINE}exact_amounts.py", *_WAITING),
    "compensation/statement.py": _TOLD,
    "compensation/bonuses/_draft.py": _WAITING,
    "compensation/bonuses/_on_trees.py": (f"{_ENGINE}tree_of_the_sale.py",),
    "compensation/bonuses/_order.py": (f"{_ENGINE}order_of_lines.py", f"{_ENGINE}rows_in_any_order.py"),
    "compensation/bonuses/_quick_levels.py": (f"{_ENGINE}quick_levels.py", f"{_ENGINE}exact_amounts.py"),
    "compensation/bonuses/_segments.py": (f"{_ENGINE}lines.py", f"{_ENGINE}caps.py", *_LEVELS),
    "compensation/bonuses/_sourced.py": (
        f"{_ENGINE}plans_that_drop_bonuses.py",
        f"{_ENGINE}quick_levels.py",
        *_REFUNDS,
    ),
    "compensation/bonuses/_spans.py": (
        "compensation/dated/test_every.py",
        "compensation/dated/test_every_and_memory.py",
        "compensation/dated/test_weekly_pool.py",
    ),
    "compensation/bonuses/_split.py": _POOLS,
    "compensation/bonuses/custom.py": (f"{_ENGINE}custom.py",),
    "compensation/recursion/layers.py": _RECURSIONS,
    "compensation/recursion/live.py": _RECURSIONS,
    "compensation/recursion/members.py": _RECURSIONS,
    "compensation/recursion/run.py": _RECURSIONS,
    "domain/exact.py": ("domain/test_exact_arithmetic.py",),
    "domain/money.py": ("domain/test_money.py",),
    "domain/decimals.py": ("domain/test_decimals_from_text.py", "domain/test_money.py"),
    "operations/orders.py": (f"{_OPERATIONS}orders.py",),
    "operations/refunds.py": (f"{_OPERATIONS}orders.py",),
    "operations/payouts.py": _PAYOUTS,
    "operations/payout_policy.py": _PAYOUTS,
    "operations/payout_requests.py": _PAYOUTS,
    "operations/payout_steps.py": _PAYOUTS,
    "operations/month.py": (f"{_OPERATIONS}month.py",),
    "operations/review.py": (f"{_OPERATIONS}month.py",),
    "operations/_evaluation.py": (f"{_OPERATIONS}month.py", f"{_OPERATIONS}run_digests.py"),
    "repositories/order_rules.py": (f"{_OPERATIONS}orders.py", "repositories/test_memory_keeps_the_contracts.py"),
    "repositories/carried.py": ("repositories/test_carried_rows.py", "repositories/test_carried_values.py"),
}
"""Each module with the tests that are meant to hold it, below `src/mlmcore` and `tests`."""

_SWAPPED: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_PAIRS: Final = {"min": "max", "minimum": "maximum", "any": "all"}
_OTHER_NAME: Final = {**_PAIRS, **{second: first for first, second in _PAIRS.items()}}

Change = tuple[int, str, Callable[[], None]]
"""The line, what is done to it, and doing it to the tree."""


def main() -> None:
    """Try a sample of mutants and print what survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=10, help="How many mutants of each module.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="Only modules whose path has this in it.")
    asked = parser.parse_args()
    chosen = random.Random(asked.seed)
    noticed = tried = 0
    modules = {module: tests for module, tests in OF_MODULE.items() if asked.only in module}
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for part in ("src", "tests", "pyproject.toml"):
            source = ROOT / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, project / part)
        for module, tests in modules.items():
            before = (noticed, tried)
            path = project / "src/mlmcore" / module
            whole = path.read_text(encoding="utf-8")
            assert passes(project, tests), f"the tests of {module} fail without any change"
            places = range(len(list(changes(ast.parse(whole)))))
            for place in sorted(chosen.sample(places, min(asked.each, len(places)))):
                tree = ast.parse(whole)
                line, what, do = list(changes(tree))[place]
                do()
                path.write_text(ast.unparse(tree), encoding="utf-8")
                found = not passes(project, tests)
                tried, noticed = tried + 1, noticed + found
                if not found:
                    print(f"survives: {module}:{line}: {what}", flush=True)
            path.write_text(whole, encoding="utf-8")
            print(f"{module}: {noticed - before[0]} of {tried - before[1]}", flush=True)
    print(f"{noticed} of {tried} mutants are noticed")


def changes(tree: ast.AST) -> Iterator[Change]:
    """Every small mistake that a module could have."""
    for node in code(tree):
        for what, do in (*signs(node), *numbers(node), *names(node), *choices(node), *bounds(node)):
            yield node.lineno, what, do
    for value, put in written(tree):
        for what, other in others(value):
            yield value.lineno, what, partial(put, other)


def code(tree: ast.AST) -> Iterator[Any]:
    """What runs: everything but annotations."""
    for name, value in ast.iter_fields(tree):
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST) and name not in {"annotation", "returns"}:
                yield from [node] if hasattr(node, "lineno") else []
                yield from code(node)


def signs(node: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """Another operator or comparison; a negation that is forgotten."""
    for place, comparison in enumerate(getattr(node, "ops", [])):
        if type(comparison) in _SWAPPED:
            other = _SWAPPED[type(comparison)]
            yield f"{type(comparison).__name__} becomes {other.__name__}", partial(node.ops.__setitem__, place, other())
    sign: Any = getattr(node, "op", None)
    if type(sign) in _SWAPPED:
        other = _SWAPPED[type(sign)]
        yield f"{type(sign).__name__} becomes {other.__name__}", partial(setattr, node, "op", other())
    if isinstance(sign, ast.Not | ast.Invert):
        twice = ast.UnaryOp(op=sign, operand=node.operand)
        yield f"{type(sign).__name__} is forgotten", partial(setattr, node, "operand", twice)


def numbers(node: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """One more than a whole number that is written; 0 where there is 1."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        for other in [node.value + 1, *([0] if node.value == 1 else [])]:
            yield f"{node.value} becomes {other}", partial(setattr, node, "value", other)


def names(node: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """The lesser for the greater, each for some; NumPy's functions also where a method of theirs is called."""
    called = node.func if isinstance(node, ast.Call) else getattr(node, "value", None)
    for kind, field in ((ast.Name, "id"), (ast.Attribute, "attr")):
        name = getattr(called, field, "")
        if isinstance(node, ast.Call | ast.Attribute) and isinstance(called, kind) and name in _OTHER_NAME:
            yield f"{name} becomes {_OTHER_NAME[name]}", partial(setattr, called, field, _OTHER_NAME[name])


def choices(node: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """What is chosen where, the other way round; a filter that is forgotten."""
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "where" and len(node.args) == 3:
        swapped = [node.args[0], node.args[2], node.args[1]]
        yield "where chooses the other", partial(setattr, node, "args", swapped)
    for each in getattr(node, "generators", []):
        if each.ifs:
            yield "the filter is forgotten", partial(setattr, each, "ifs", [])


def bounds(node: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """A slice that begins or ends one later."""
    if isinstance(node, ast.Slice):
        for field in ("lower", "upper"):
            bound = getattr(node, field)
            if bound is not None and not isinstance(bound, ast.Constant):
                later = ast.BinOp(left=bound, op=ast.Add(), right=ast.Constant(value=1))
                yield f"the {field} bound is one later", partial(setattr, node, field, later)


def written(tree: ast.AST) -> Iterator[tuple[Any, Callable[[ast.expr], None]]]:
    """Defaults of fields and arguments, and the constants of module and classes, each with what puts another there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            statements: list[Any] = list(filter(names_a_value, node.body))
            yield from ((one.value, partial(setattr, one, "value")) for one in statements)
        elif isinstance(node, ast.arguments):
            for defaults in (node.defaults, node.kw_defaults):
                yield from ((one, partial(defaults.__setitem__, at)) for at, one in enumerate(defaults) if one)
        elif isinstance(node, ast.keyword) and node.arg == "default":
            yield node.value, partial(setattr, node, "value")


def names_a_value(node: Any) -> bool:
    """Whether a statement gives a value to a name that somebody reads; nobody but tools reads `__all__`."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return not ast.unparse(target).startswith("__")


def others(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Values that could stand there instead; of several, all but one. Whole numbers are changed by `numbers`."""
    if isinstance(value, ast.Call) and len(value.args) == 1:
        for what, changed in others(value.args[0]):
            yield what, ast.Call(func=value.func, args=[changed], keywords=value.keywords)
    elif isinstance(value, ast.Constant) and (value.value is None or isinstance(value.value, bool | str)):
        other = 0 if value.value is None else f"{value.value}x" if isinstance(value.value, str) else not value.value
        yield f"{value.value!r} becomes {other!r}", ast.Constant(value=other)
    elif isinstance(value, ast.Tuple | ast.List | ast.Set):
        for at, one in enumerate(value.elts):
            yield f"{ast.unparse(one)} is left out", type(value)(elts=without(value.elts, at))
    elif isinstance(value, ast.Dict):
        for at, (key, item) in enumerate(zip(value.keys, value.values, strict=True)):
            fewer = ast.Dict(keys=without(value.keys, at), values=without(value.values, at))
            yield f"{ast.unparse(key or item)} is left out", fewer


def without(items: Sequence[Any], place: int) -> list[Any]:
    """All items but one."""
    return [*items[:place], *items[place + 1 :]]


def passes(project: Path, tests: tuple[str, ...]) -> bool:
    """Whether tests pass on the copy; loops are interpreted, and one that does not end is noticed too."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *(f"tests/{one}" for one in tests)]
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(project / "src"),
        "NUMBA_DISABLE_JIT": "1",
        "MLMCORE_TEST_EXAMPLES": "30",
    }
    try:
        done = subprocess.run(command, cwd=project, env=surroundings, capture_output=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
