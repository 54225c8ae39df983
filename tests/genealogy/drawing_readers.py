"""Readers of what the drawing writes, each apart from its writer: from a picture back to who is drawn where.

They take the formats as their own rules say (Graphviz' strings, Mermaid's entities, XML), and nothing that the writers
are not meant to write; whatever else stands in a picture is an error here.
"""

import re
from html import unescape
from typing import Final
from xml.etree import ElementTree as ET

from attrs import frozen

__all__ = ["Person", "Picture", "read_dot", "read_mermaid", "read_svg"]

_SVG: Final = "{http://www.w3.org/2000/svg}"
_REST: Final = re.compile(r"\+[\d,]+ (more )?roots.*|\(nobody\)")
_DOT_TOKEN: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|->|[{}\[\]=,;]|[A-Za-z_][A-Za-z_0-9]*)', re.DOTALL)
_MERMAID_NODE: Final = re.compile(r'  n(\d+)\["([^"]*)"\]')
_MERMAID_EDGE: Final = re.compile(r'  n(\d+) -->(?:\|"(\d+)"\|)? n(\d+)')
_MERMAID_LABEL: Final = re.compile(
    r"""(?: [^\x00-\x7f] | [0-9A-Za-z,]
          | (?<=\d)[.](?=\d) | (?<=[0-9A-Za-z])-(?=[0-9A-Za-z])
          | (?<!^)(?<![ ])[ ] | \#\d+; )*""",
    re.VERBOSE,
)


@frozen
class Person:
    """One person in a picture; `upline` is a position, -1 at the top."""

    label: str
    upline: int
    leg: int
    hidden: str


@frozen
class Picture:
    """The people in the order in which they are drawn, and the words for what is not drawn at all."""

    people: tuple[Person, ...]
    rest: str


def read_dot(text: str) -> Picture:
    """From DOT; nodes are read by their names."""
    labels: dict[str, str] = {}
    edges: dict[str, tuple[str, int]] = {}
    for statement in _dot_statements(text):
        match statement:
            case ["graph" | "node", "[", *_]:
                pass
            case [name, "[", "label", "=", label, "]"]:
                labels[name] = _dot_string(label)
            case ["more", "[", "label", "=", label, ",", "shape", "=", "plaintext", "]"]:
                labels["more"] = _dot_string(label)
            case [above, "->", name]:
                edges[name] = (above, 0)
            case [above, "->", name, "[", "label", "=", leg, "]"]:
                edges[name] = (above, int(_dot_string(leg)))
            case _:
                raise AssertionError(statement)
    return _picture(labels, edges, "\n")


def _dot_statements(text: str) -> list[list[str]]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _DOT_TOKEN.match(text, at)
        assert found, text[at:]
        tokens.append(found[1])
        at = found.end()
    assert tokens[:3] == ["digraph", "genealogy", "{"]
    assert tokens[-1] == "}"
    statements: list[list[str]] = [[]]
    for token in tokens[3:-1]:
        statements.append([]) if token == ";" else statements[-1].append(token)
    assert statements.pop() == []
    return statements


def _dot_string(token: str) -> str:
    r"""A label: an escape is a quote, a backslash or a new line, nothing else is meant; then there are entities."""
    meant = {r"\"": '"', r"\\": "\\", r"\n": "\n"}
    return unescape(re.sub(r"\\.", lambda found: meant[found[0]], token[1:-1]))


def read_mermaid(text: str) -> Picture:
    """From a Mermaid flowchart; nodes are read by their names."""
    first, *lines, last = text.split("\n")
    assert (first, last) == ("flowchart TD", "")
    labels: dict[str, str] = {}
    edges: dict[str, tuple[str, int]] = {}
    for line in lines:
        if node := _MERMAID_NODE.fullmatch(line):
            labels["n" + node[1]] = _mermaid_label(node[2])
        elif edge := _MERMAID_EDGE.fullmatch(line):
            edges["n" + edge[3]] = ("n" + edge[1], int(edge[2] or 0))
        else:
            assert line.startswith('  more["'), line
            assert line.endswith('"]'), line
            labels["more"] = line.removeprefix('  more["').removesuffix('"]')
    return _picture(labels, edges, "<br/>")


def _mermaid_label(text: str) -> str:
    """A label holds nothing that Mermaid, Markdown or HTML could take for syntax, but for the count's new line."""
    label, *count = text.split("<br/>")
    assert _MERMAID_LABEL.fullmatch(label), label
    return "<br/>".join([re.sub(r"#(\d+);", lambda found: chr(int(found[1])), label), *count])


def _picture(labels: dict[str, str], edges: dict[str, tuple[str, int]], new_line: str) -> Picture:
    """The people in the order of their statements; a count is what stands after the label's last new line."""
    rest = labels.pop("more", "")
    position = {name: at for at, name in enumerate(labels)}
    people = []
    for name, text in labels.items():
        label, found, count = text.rpartition(new_line)
        above, leg = edges.pop(name, ("", 0))
        people.append(Person(label if found else text, position.get(above, -1), leg, count if found else ""))
    assert not edges
    return Picture(tuple(people), rest)


def read_svg(text: str) -> Picture:
    """From SVG; uplines are read from where rows begin, and must be those that the lines join."""
    root = ET.fromstring(text)
    rows = [_svg_row(element) for element in root.findall(f"{_SVG}text")]
    columns = sorted({x for x, _, _ in rows})
    people: list[Person] = []
    above: list[int] = []
    for at, (x, _, (leg, label, hidden)) in enumerate(rows):
        above[columns.index(x) :] = [at]
        upline = above[-2] if len(above) > 1 else -1
        people.append(Person(label, upline, leg, hidden))
    rest = people.pop().hidden if people and _REST.fullmatch(people[-1].hidden) else ""
    joined = [(person.upline, at) for at, person in enumerate(people) if person.upline >= 0]
    assert _svg_joins(root, [y for _, y, _ in rows]) == joined
    return Picture(tuple(people), rest)


def _svg_row(element: ET.Element) -> tuple[int, int, tuple[int, str, str]]:
    """Where it begins, and its leg, label and count."""
    leg, label, hidden = 0, element.text or "", ""
    for part in element:
        words = part.text or ""
        if found := re.fullmatch(r"(\d+): ", words):
            leg, label = int(found[1]), label + (part.tail or "")
        else:
            hidden = words.strip()
    return int(element.attrib["x"]), int(element.attrib["y"]), (leg, label, hidden)


def _svg_joins(root: ET.Element, rows: list[int]) -> list[tuple[int, int]]:
    """Which rows the lines join: each begins right below one and ends beside another."""
    path = root.find(f"{_SVG}path")
    assert path is not None
    steps = re.findall(r"M\d+ (\d+)V(\d+)H\d+", path.attrib["d"])
    assert "".join(re.findall(r"M\d+ \d+V\d+H\d+", path.attrib["d"])) == path.attrib["d"]
    return [(_row_at(rows, int(start)), _row_at(rows, int(end))) for start, end in steps]


def _row_at(rows: list[int], y: int) -> int:
    """The row whose middle or lower edge is at this height."""
    return max(at for at, baseline in enumerate(rows) if baseline - 5 <= y)
