"""Importing stays light: what is heavy comes with the package that needs it."""

import subprocess
import sys

import pytest

HEAVY = {"numpy", "numba", "sqlalchemy", "psycopg", "click", "rich"}
MODULES_OF_THE_DOMAIN = (
    "import mlmcore.domain, pkgutil, importlib\n"
    "names = [m.name for m in pkgutil.iter_modules(mlmcore.domain.__path__, 'mlmcore.domain.')]\n"
    "assert len(names) > 10, names\n"
    "for name in names: importlib.import_module(name)\n"
)


def _imported_by(code: str) -> set[str]:
    """The top-level modules that are there after some code has run in a new interpreter."""
    program = f"{code}\nimport sys\nprint(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


class TestImports:
    def test_the_package_alone_brings_nothing_heavy(self) -> None:
        """`import mlmcore` is the version and little else."""
        found = _imported_by("import mlmcore")

        assert "mlmcore" in found
        assert found & HEAVY == set()

    def test_the_domain_is_pure(self) -> None:
        """Entities, money and periods need no arrays and no driver."""
        found = _imported_by(MODULES_OF_THE_DOMAIN)

        assert found & HEAVY == set()

    @pytest.mark.parametrize("name", ["mlmcore.genealogy", "mlmcore.compensation.loader", "mlmcore.operations"])
    def test_the_core_brings_no_driver(self, name: str) -> None:
        """Only `mlmcore.sql` needs one."""
        found = _imported_by(f"import {name}")

        assert found & {"sqlalchemy", "psycopg", "click", "rich"} == set()

    def test_the_command_line_says_its_version_without_arrays(self) -> None:
        """`mlmcore --version` imports what it needs to say so."""
        found = _imported_by(
            "import contextlib, io, mlmcore.cli\n"
            "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
            "    mlmcore.cli.main(['--version'])\n"
        )

        assert "click" in found
        assert found & {"numpy", "numba", "sqlalchemy", "psycopg"} == set()
