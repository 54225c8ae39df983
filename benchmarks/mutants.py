"""How many small changes of kernels and engine the tests notice: a sample of mutants, each run against its own tests.

`python benchmarks/mutants.py [--each 10] [--seed 1]`. A mutant is one module with one operator, comparison or number
changed. It is noticed when a test fails; what survives is printed with its line, to be understood: it is either
equivalent, or a test is missing. Everything happens in a copy of the project; it needs the extra `test`.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
OF_MODULE: Final = {
    "genealogy/_kernels/walks.py": ("genealogy/test_walks.py", "compensation/twin/test_levels_rule_by_rule.py"),
    "genealogy/_kernels/differentials.py": (
        "genealogy/test_differentials.py",
        "compensation/engine/test_differential.py",
    ),
    "genealogy/_kernels/rollups.py": ("genealogy/test_rollups_against_twin.py", "genealogy/test_rollups_refuse.py"),
    "compensation/rounding.py": ("compensation/language/test_array_rounding_against_twin.py", "compensation/engine"),
    "compensation/bonuses/binary.py": (
        "compensation/engine/test_binary.py",
        "compensation/twin/test_binary_against_twin.py",
    ),
    "compensation/bonuses/levels.py": ("compensation/twin/test_levels_rule_by_rule.py", "compensation/engine"),
    "compensation/bonuses/pool.py": ("compensation/engine/test_pool.py", "compensation/twin/test_pool_against_twin.py"),
    "compensation/bonuses/_money.py": ("compensation/engine", "compensation/twin/test_levels_rule_by_rule.py"),
    "compensation/_capped.py": ("compensation/engine/test_caps.py", "compensation/twin/test_caps_against_twin.py"),
    "compensation/_reduction.py": ("compensation/engine", "compensation/twin/test_expressions_over_people.py"),
    "compensation/moments.py": ("compensation/dated",),
}
"""Each module with the tests that are meant to hold it, below `src/mlmcore` and `tests`."""

_SWAPPED: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def main() -> None:
    """Try a sample of mutants and print what survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=10, help="How many mutants of each module.")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chosen = random.Random(asked.seed)
    noticed = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for part in ("src", "tests", "pyproject.toml"):
            source = ROOT / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, copy / part)
        for module, tests in OF_MODULE.items():
            path = copy / "src/mlmcore" / module
            whole = path.read_text(encoding="utf-8")
            assert passes(copy, tests), f"the tests of {module} fail without any change"
            places = [place for place, _ in enumerate(changeable(ast.parse(whole)))]
            for place in sorted(chosen.sample(places, min(asked.each, len(places)))):
                tree = ast.parse(whole)
                line, what = change(list(changeable(tree))[place])
                path.write_text(ast.unparse(tree), encoding="utf-8")
                found = not passes(copy, tests)
                tried, noticed = tried + 1, noticed + found
                if not found:
                    print(f"survives: {module}:{line}: {what}", flush=True)
            path.write_text(whole, encoding="utf-8")
    print(f"{noticed} of {tried} mutants are noticed")


def changeable(tree: ast.AST) -> Iterator[ast.AST]:
    """Everything in a module that can be changed by one sign."""
    for node in ast.walk(tree):
        operators = [getattr(node, "op", None), *getattr(node, "ops", [])[:1]]
        number = isinstance(node, ast.Constant) and type(node.value) is int
        if number or any(type(one) in _SWAPPED for one in operators):
            yield node


def change(node: Any) -> tuple[int, str]:
    """Change one thing in place; its line, and what was done."""
    if isinstance(node, ast.Constant):
        node.value = int(str(node.value)) + 1
        return node.lineno, f"{node.value - 1} becomes {node.value}"
    operator = node.ops[0] if hasattr(node, "ops") else node.op
    other = _SWAPPED[type(operator)]()
    if hasattr(node, "ops"):
        node.ops[0] = other
    else:
        node.op = other
    return node.lineno, f"{type(operator).__name__} becomes {type(other).__name__}"


def passes(copy: Path, tests: tuple[str, ...]) -> bool:
    """Whether tests pass on the copy; loops are interpreted, and one that does not end is noticed too."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *(f"tests/{one}" for one in tests)]
    surroundings = {
        **os.environ,
        "PYTHONPATH": str(copy / "src"),
        "NUMBA_DISABLE_JIT": "1",
        "MLMCORE_TEST_EXAMPLES": "30",
    }
    try:
        done = subprocess.run(command, cwd=copy, env=surroundings, capture_output=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
