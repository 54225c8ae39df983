"""Cases as texts for tests, read and run in a folder of their own."""

from pathlib import Path
from typing import Final

import pytest

from mlmcore.domain.errors import InputError
from mlmcore.testing.cases import Outcome, read_cases, run_case

PLAN: Final = """\
[plan]
id = "small"
version = "1"
effective_from = 2026-01-01
period = "month"
currency = "USD"
rounding = { mode = "half_even", places = 2, at = "line" }
tree = "sponsor"
tree_as_of = "period_end"
timezone = "UTC"
refunds = "current"
active = "active"
accounts = ["house"]
[inputs]
trees = ["sponsor", "placement"]
volumes = { pv = "points", cv = "money" }
attributes = { title = "text", since = "date", vip = "boolean" }
company = { profit = "money" }
[parameters]
limit = 100
[measures]
personal = "sum(orders, pv)"
active = "personal >= limit"
group_volume = "sum(group, personal)"
heads = "count(group)"
word = "title"
[rank]
from = "requires"
climb = "highest"
[[ranks]]
id = "bronze"
requires = "active"
[[ranks]]
id = "silver"
requires = "active and group_volume >= 500"
[[bonuses]]
id = "uni"
type = "unilevel"
kind = "levels"
source = "orders"
from = "seller"
base = "cv"
rates = [0.05, 0.03]
counts = "true"
pays = "active"
unpaid = "next"
no_upline = "account:house"
negative = "charge"
[[bonuses]]
id = "legs"
type = "binary"
kind = "binary"
tree = "placement"
volume = "personal"
point_value = 1
pay = "percent"
percent = 0.10
after = "subtract"
[[bonuses]]
id = "share"
type = "rank_bonus"
kind = "amount"
amount = "round(0.01 * company.profit, 2) if rank >= silver else 0"
negative = "charge"
[carry]
lifetime = { value = "previous.lifetime + personal", initial = 7 }
[variants.easy.parameters]
limit = 10
"""
"""A plan with two trees, a rank, a walk, a binary bonus, a share, and something carried."""
TOP: Final = """\
plan: small.toml
period: 2026-03
trees: {placement: sponsor}
company: {profit: 0}
defaults: {people: {vip: false}, orders: {pv: 0, cv: 0}}
cases:
"""
"""What stands above the cases of most tests; the first case begins in line 7."""


class Folder:
    """A folder with the plan and a file of cases."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(path)
        Path("small.toml").write_text(PLAN, encoding="utf-8")

    def write(self, text: str) -> Path:
        """Write the file of cases."""
        path = Path("a.cases.yaml")
        path.write_text(text, encoding="utf-8")
        return path

    def outcomes(self, text: str) -> list[Outcome]:
        """Run every case of a whole file."""
        return [run_case(case) for case in read_cases(self.write(text))]

    def outcome(self, case: str) -> Outcome:
        """Run one case, given without its dash, below `TOP`."""
        (outcome,) = self.outcomes(TOP + below(case))
        return outcome

    def differing(self, case: str) -> list[str]:
        """What differs in one case, in words."""
        return [f"{one.line} {one.what}: {one.expected} <> {one.got}" for one in self.outcome(case).differences]

    def refused(self, text: str) -> list[str]:
        """What is wrong with a whole file."""
        with pytest.raises(InputError) as caught:
            self.outcomes(text)
        return [str(finding).removeprefix("a.cases.yaml:") for finding in caught.value.findings]

    def case_refused(self, case: str) -> list[str]:
        """What is wrong with one case."""
        return self.refused(TOP + below(case))


def below(case: str) -> str:
    """A case as an item of the list."""
    lines = case.strip("\n").split("\n")
    return "\n".join(["  - name: a case", *(f"    {line}" for line in lines)]) + "\n"
