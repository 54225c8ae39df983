"""Lines of TOML keys: the scanner knows every path that the standard parser reads, and where it stands."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compensation.language.plan_texts import PLAN
from mlmcore.compensation.toml_lines import toml_lines

PUBLISHED = Path(__file__).parents[2] / "data" / "plans"
ODD = '''\
"a key" . b = 1 # a comment with = and [
text = """
x = "not a key"
"""
lit = \'\'\'
[no table]\'\'\'
list = [ # numbers
  1,
  [2, "]"],
  { c = 3, "d.e" = "}" },
]
[one.two]
k = 'it'
[[many]]
id = 1
[many.sub]
z = 1
[[many]]
id = "t\\u0061b"
[[many.deep]]
q = true
'''


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in children:
        yield from _paths(item, (*path, key))


class TestTomlLines:
    @pytest.mark.parametrize("text", [ODD, PLAN, *(path.read_text() for path in sorted(PUBLISHED.glob("*.toml")))])
    def test_know_every_path_and_no_other(self, text: str) -> None:
        """The same paths as the standard parser's, whatever the spelling."""
        assert set(toml_lines(text)) == set(_paths(tomllib.loads(text)))

    @pytest.mark.parametrize("text", [PLAN, *(path.read_text() for path in sorted(PUBLISHED.glob("*.toml")))])
    def test_each_key_is_written_on_its_line(self, text: str) -> None:
        """Found by looking at the line itself."""
        lines = text.splitlines()

        assert [path for path, line in toml_lines(text).items() if str(path[-1]) not in lines[line - 1]] == [
            path
            for path in toml_lines(text)
            if isinstance(path[-1], int) and str(path[-1]) not in lines[toml_lines(text)[path] - 1]
        ]

    def test_count_through_strings_and_nested_values(self) -> None:
        """Strings of several lines, arrays and inline tables, and tables inside arrays of tables."""
        found = toml_lines(ODD)

        assert {path: found[path] for path in [("a key", "b"), ("lit",), ("list", 1), ("list", 2, "d.e")]} == {
            ("a key", "b"): 1,
            ("lit",): 5,
            ("list", 1): 9,
            ("list", 2, "d.e"): 10,
        }
        assert found["one", "two", "k"] == 13
        assert (found["many", 0, "sub", "z"], found["many", 1, "id"], found["many", 1, "deep", 0, "q"]) == (17, 19, 21)

    def test_count_windows_line_ends_once(self) -> None:
        """CR LF is one line end."""
        assert toml_lines("a = 1\r\nb = 2\r\n") == {("a",): 1, ("b",): 2}
