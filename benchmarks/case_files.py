"""What a plan designer waits for: a file of 20 cases, and a directory of 500, each in a process of its own.

`python benchmarks/case_files.py`. Every case is a month of the plan that ships over nine people. `cold` is the first
time after an installation: there is no bytecode of ours and no compiled kernel yet. Nothing so small compiles anything;
the table says whether numba was loaded.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path
from typing import Final

from _measure import Table, machine

HEAD: Final = "plan: starter.toml\nperiod: 2026-03\ntrees: {enroller: sponsor}\n\ncases:\n"
CASE: Final = """\
  - name: month {number}
    people: |
      ann
        bob
          cid
          dee
            eli
        fay
          gus
            hal
              ida
    orders:
      - {{seller: ann, buyer: ann, pv: 1000, cv: 800}}
      - {{seller: cid, pv: 300, cv: {number}}}
      - {{seller: eli, buyer: eli, pv: 110, cv: 75.50}}
      - {{seller: ida, pv: 90, cv: 1{number}}}
    expect:
      ida: {{active: false}}
"""
RUN: Final = """
import sys
from mlmcore.cli import main
try:
    sys.exit(main(["test", sys.argv[1]]))
finally:
    print("numba" in sys.modules, file=sys.stderr)
"""
ASKED: Final = {(20, "cold"): 8.0, (20, "warm"): 2.0, (500, "warm"): 10.0}


def main() -> None:
    """Measure and print."""
    table = Table(f"case files; {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        for count, way in ASKED:
            cases, packages = Path(folder) / str(count), Path(folder) / "packages"
            write_cases(cases, count)
            if way == "cold":
                copy_without_bytecode(packages)
            seconds, numba = min(timed(cases, packages) for _ in range(1 if way == "cold" else 3))
            table.add(f"{count} cases, {way}", seconds, f"asked: {ASKED[count, way]:.0f} s; numba loaded: {numba}")
    table.print()


def write_cases(folder: Path, count: int) -> None:
    """Files of 20 cases each, and the plan beside them."""
    if folder.exists():
        return
    folder.mkdir()
    plan = files("mlmcore.compensation.shipped").joinpath("starter.toml").read_text(encoding="utf-8")
    (folder / "starter.toml").write_text(plan, encoding="utf-8")
    for first in range(0, count, 20):
        cases = "".join(CASE.format(number=number) for number in range(first, min(first + 20, count)))
        (folder / f"months{first}.cases.yaml").write_text(HEAD + cases, encoding="utf-8")


def copy_without_bytecode(packages: Path) -> None:
    """Our package as an installation leaves it: source alone."""
    import mlmcore  # noqa: PLC0415  (only to know where it is)

    source = Path(mlmcore.__file__).parent
    shutil.copytree(source, packages / "mlmcore", ignore=shutil.ignore_patterns("__pycache__"))


def timed(cases: Path, packages: Path) -> tuple[float, str]:
    """Seconds of one process that runs the cases, and whether it loaded numba."""
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    start = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", RUN, str(cases)], env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    if ran.returncode:
        raise SystemExit(f"the cases did not pass:\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}")
    return seconds, ran.stderr.split()[-1]


if __name__ == "__main__":
    main()
