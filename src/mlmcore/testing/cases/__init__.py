"""Cases: tests of a plan that its designer writes, in YAML (section "Cases" of the plan language).

`read_cases` reads a file, or says everything that is wrong with it; `run_case` runs one case with the engine and says
what came out otherwise than expected; `report` tells it: the tree, expected and got, and how the first amount that
differs comes about. The command `mlmcore test` and the pytest plugin are views of these.
"""

from mlmcore.testing.cases._files import case_files
from mlmcore.testing.cases._read import Plans, read_cases
from mlmcore.testing.cases._report import document_of, report
from mlmcore.testing.cases._run import Difference, Outcome, run_case
from mlmcore.testing.cases.case import Case, Expected, ExpectedLine, ExpectedTotal, ExpectedValue, Step

__all__ = [
    "Case",
    "Difference",
    "Expected",
    "ExpectedLine",
    "ExpectedTotal",
    "ExpectedValue",
    "Outcome",
    "Plans",
    "Step",
    "case_files",
    "document_of",
    "read_cases",
    "report",
    "run_case",
]
