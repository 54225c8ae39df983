"""What commands print: text for people or one JSON document for programs, and progress on a terminal."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, TypeVar

import click

from mlmcore.domain.errors import InputError, MlmError, RefusedError

__all__ = [
    "as_json",
    "expect_format",
    "format_option",
    "new_file",
    "plain_table",
    "progress",
    "refuse_existing",
    "show",
    "show_document",
    "show_error",
    "show_failure",
]

Command = TypeVar("Command", bound=Callable[..., Any])


class _Format:
    """The format of the command that runs, for errors that come before or after it."""

    json = False


def expect_format(arguments: Sequence[str]) -> None:
    """Take the format from a command's arguments, before anybody has checked them."""
    joined = "\0".join(arguments)
    _Format.json = "--format=json" in arguments or "--format\0json" in joined


def format_option(command: Command) -> Command:
    """Give a command `--format text|json`."""
    option = click.option(
        "--format",
        "output_format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        expose_value=False,
        help="Text for people, or one JSON document.",
    )
    return option(command)


def as_json() -> bool:
    """Whether the running command was asked for JSON."""
    return _Format.json


def show(text: str, document: Mapping[str, Any]) -> None:
    """Print the text, or the document where JSON was asked for."""
    click.echo(_dumps(document) if as_json() else text.rstrip("\n"))


def show_document(document: Mapping[str, Any]) -> None:
    """Print a document that is JSON whatever was asked for."""
    click.echo(_dumps(document))


def show_error(error: MlmError) -> None:
    """Print an error: on standard error as text, on standard output as JSON where that was asked for."""
    if not as_json():
        click.echo(f"mlmcore: {error}", err=True)
        return
    findings = error.findings if isinstance(error, InputError) else ()
    listed = [
        {
            "code": item.code,
            "what": item.what,
            "todo": item.todo,
            "file": item.file,
            "line": item.line,
            "path": item.path,
        }
        for item in findings
    ]
    click.echo(_dumps({"error": {"code": error.code, "message": str(error), "findings": listed}}))


def show_failure(code: str, message: str) -> None:
    """Print what is no error of ours, as `show_error` does."""
    if as_json():
        click.echo(_dumps({"error": {"code": code, "message": message, "findings": []}}))
    else:
        click.echo(f"mlmcore: {message}", err=True)


def plain_table(header: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[int] = ()) -> str:
    """A table of aligned columns; `right` names those that are set flush right."""
    texts = [list(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(header))]
    lines = []
    for row in texts:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Say what is being done, with a clock, on a terminal's standard error; elsewhere say nothing.

    Yields:
        A function that takes the name of the step that begins.
    """
    if not sys.stderr.isatty() or as_json():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=None)
        yield lambda step: bar.update(task, description=step)


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there whole in the end, or not at all: it is written beside its place and renamed.

    Raises:
        RefusedError: Something is there already, or it cannot be written.
    """
    refuse_existing(path)
    try:
        with TemporaryDirectory(prefix=".mlmcore-", dir=path.parent) as beside:
            whole = Path(beside) / "whole"
            with whole.open("xb") as file:
                yield file
            refuse_existing(path)
            whole.rename(path)
    except OSError as error:
        raise RefusedError(f"{path} cannot be written: {error.strerror}") from error


def refuse_existing(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise RefusedError(f"{path} is there already; name a new file")
    if not path.parent.is_dir():
        raise RefusedError(f"{path} cannot be written: there is no folder {path.parent}; make it, or name another")


def _dumps(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)
