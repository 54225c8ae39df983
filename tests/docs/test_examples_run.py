"""Every example runs as a newcomer would run it, and says what its docstring promises."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from docs.pages import ROOT

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

SAYS = {
    "a_network": ["Upline of fay, nearest first: dan, bob, ann", "ann          120    500           2"],
    "a_plan_in_python": [
        "o-2  ann  level 2: 63.70 x 0.05 = 3.18 USD",
        "o-2  bob  6.3700: inactive",
        "Entitled 28.7475 = paid 11.18 + unpaid 17.5675",
    ],
    "a_month_in_memory": ["bob: 33.86 USD less a fee, so 33.36 USD", "= ledger 103.58 USD: yes"],
    "a_month_on_postgres": [
        "= ledger 103.58 USD: yes",
        "retail        3 lines    87.64",
        "unilevel      2 lines    15.94",
    ],
    "bad_input": [
        "wrong.toml:18: measures.personal: unknown name 'vp'",
        "people.csv:4: sponsor: person cid: the uplines go round in a cycle: cid -> dan -> cid",
        "orders.csv:2: pv: '1e3' is not a decimal; write it out: 1000",
    ],
}
"""Lines that the output of each example holds; the numbers are worked out by hand from the plan that it runs."""


class TestExamples:
    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
    def test_it_runs_and_says_what_it_shows(self, path: Path, tmp_path: Path) -> None:
        """`python examples/x.py`, from anywhere; warnings are errors."""
        done = subprocess.run(
            [sys.executable, "-W", "error", str(path)], cwd=tmp_path, capture_output=True, text=True, check=False
        )

        assert (done.returncode, done.stderr) == (0, "")
        assert [text for text in SAYS[path.stem] if text not in done.stdout] == []

    @pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
    def test_it_says_how_to_run_it(self, path: Path) -> None:
        """In its docstring, with what has to be installed."""
        told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""

        assert f"`python examples/{path.name}`" in told
        assert "Run it with the base install" in told or "Run it with the extra" in told

    def test_all_of_them_are_known(self) -> None:
        """An example without an expectation here would pass on an empty promise."""
        assert sorted(SAYS) == [path.stem for path in EXAMPLES]
