"""The command line. It knows everything, and nothing knows it.

`main` is the entry point: it turns errors into messages and exit codes (0 done, 1 failed, 2 the input or the call is
wrong) and never shows a traceback, unless `MLMCORE_DEBUG` is set.
"""

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `mlmcore ARGUMENTS` and exit."""
    try:
        import click  # noqa: F401  (only to see that it is there)
        import rich  # noqa: F401
    except ImportError as error:
        sys.stderr.write(f"{error.name} is not installed; it comes with: pip install 'mlmcore[cli]'\n")
        sys.exit(1)
    from mlmcore.cli._app import run

    sys.exit(run(arguments))
