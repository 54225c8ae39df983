"""Runs to be explained: a seeded network under the shipped plan, and the walk up a tree as anybody would do it."""

import csv
import tempfile
from functools import cache
from importlib.resources import files
from pathlib import Path

from attrs import frozen

from mlmcore.compensation.engine import calculate
from mlmcore.compensation.loader import load_plan, loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.result import Result
from mlmcore.domain.periods import Period
from mlmcore.files import read_inputs
from mlmcore.simulation import seeded_network, write_orders, write_people

__all__ = ["ExplainedRun", "seeded_run", "shipped_plan", "written_run"]


@frozen(kw_only=True)
class ExplainedRun:
    """A result, and who stands above whom, by tree, as the file says it."""

    result: Result
    uplines: dict[str, dict[str, str]]

    def between(self, tree: str, source: str, payee: str) -> list[str]:
        """Everybody strictly between two people of one line, from the source up."""
        found, person = [], "" if source == payee else self.uplines[tree][source]
        while person not in {payee, ""}:
            found.append(person)
            person = self.uplines[tree][person]
        return found


@cache
def shipped_plan() -> Plan:
    """The plan that ships."""
    return load_plan(Path(str(files("mlmcore.compensation") / "shipped" / "starter.toml")))


def seeded_run(people: int, orders: int, seed: int) -> ExplainedRun:
    """A month of a seeded network under the shipped plan."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        network = seeded_network(people, orders, period=Period.parse("2026-03"), seed=seed)
        write_people(network, folder / "people.csv")
        write_orders(network, folder / "orders.csv")
        return _run(folder, shipped_plan())


def written_run(plan: Path, people: str, orders: str) -> ExplainedRun:
    """A month of a few people, as CSV."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "people.csv").write_text(people, encoding="utf-8")
        (folder / "orders.csv").write_text(orders, encoding="utf-8")
        return _run(folder, loads_plan(plan.read_text(encoding="utf-8"), plan.name))


def _run(folder: Path, plan: Plan) -> ExplainedRun:
    inputs = read_inputs(plan, people=folder / "people.csv", orders=folder / "orders.csv", period="2026-03")
    rows = list(csv.DictReader((folder / "people.csv").read_text(encoding="utf-8").splitlines()))
    uplines = {tree: {row["id"]: row[tree] for row in rows} for tree in plan.inputs.trees}
    return ExplainedRun(result=calculate(plan, inputs), uplines=uplines)
