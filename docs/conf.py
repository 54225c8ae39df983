"""Sphinx configuration: warnings are errors (`sphinx-build -n -W`), and nothing is fetched."""

from collections.abc import Iterator
from importlib.metadata import version as installed_version
from itertools import groupby

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

project = "mlmcore"
author = "The mlmcore authors"
copyright = "2026, the mlmcore authors"  # noqa: A001  (Sphinx reads this name)
release = installed_version("mlmcore")
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.doctest"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_generated"]
html_theme = "furo"
html_title = f"mlmcore {release}"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_use_ivar = True  # "Attributes:" describe members that are listed below as objects of their own
default_role = "literal"  # one backtick in a docstring is code
nitpicky = True
nitpick_ignore_regex = [
    # Other people's types: their documentation would have to be fetched.
    (r"py:.*", r"(collections|contextlib|datetime|decimal|enum|fractions|os|pathlib|types|typing|uuid|zoneinfo)\..*"),
    (r"py:.*", r"importlib\..*"),
    (r"py:.*", r"(asyncio|attr|attrs|cattrs|click|numpy|np|psycopg|psycopg_pool|_?pytest|sqlalchemy)\..*"),
    (r"py:.*", r"Attribute|NDArray|AsyncConnection"),
    # Names in signatures that have no entry: private modules, type variables, unions of listed classes.
    (r"py:.*", r"mlmcore\.(.*\.)?_.*"),
    (r"py:.*", r"mlmcore\.domain\.machines\.State|mlmcore\.(.*\.)?[A-Z]|(Async)?Pool"),
    (r"py:.*", r"(mlmcore\.compensation\.frames\.)?Groups|AnyBonus"),
]
suppress_warnings = [
    # In `type[X]` Sphinx takes the builtin for any attribute called `type`; with several of those it complains.
    "ref.python",
]


def setup(app: Sphinx) -> None:
    """Diagrams are shown as they are written, and docstrings are Markdown where reStructuredText differs."""
    app.add_lexer("mermaid", TextLexer)
    before_napoleon, after_napoleon = 400, 600
    app.connect("autodoc-process-docstring", _hide_colons, priority=before_napoleon)
    app.connect("autodoc-process-docstring", _show_colons, priority=after_napoleon)
    app.connect("autodoc-process-docstring", _show_tables, priority=before_napoleon)


_COLON = "\ue000"  # no docstring has it


def _hide_colons(_app: Sphinx, kind: str, _name: str, _thing: object, _options: object, lines: list[str]) -> None:
    # Napoleon reads `Why: because` in an attribute's docstring as a type with its description.
    if kind in {"attribute", "data", "property"}:
        lines[:] = [line.replace(":", _COLON) for line in lines]


def _show_colons(_app: Sphinx, _kind: str, _name: str, _thing: object, _options: object, lines: list[str]) -> None:
    lines[:] = [line.replace(_COLON, ":") for line in lines]


def _show_tables(_app: Sphinx, _kind: str, _name: str, _thing: object, _options: object, lines: list[str]) -> None:
    lines[:] = list(_with_literal_tables(lines))


def _with_literal_tables(lines: list[str]) -> Iterator[str]:
    for is_table, group in groupby(lines, key=lambda line: line.lstrip().startswith("|")):
        if is_table:
            yield "::"
            yield ""
            yield from (f"    {line}" for line in group)
            yield ""
        else:
            yield from group
