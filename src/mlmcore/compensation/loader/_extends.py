"""A plan that extends another: its document and those below it, each from the file that the one above names.

Nothing is merged here. What is wrong with the chain itself (a file that is not there, a circle, a plan that keeps the
name of the one it extends) is found here, in the file that says it.
"""

import os
from pathlib import Path

from mlmcore.compensation.loader._document import Item, Number, read_document
from mlmcore.domain.errors import Findings


def text_of(path: Path, file: str, findings: Findings) -> str:
    """Read a file's text; "" when it is no UTF-8, which is then among the findings.

    Raises:
        OSError: The file can't be read.
    """
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        what = f"not UTF-8: byte 0x{content[error.start]:02x}"
        findings.add(code="plan.encoding", what=what, todo="save it as UTF-8", file=file, line=line)
        return ""


def read_layers(text: str, file: str, folder: Path | None, findings: Findings) -> list[Item]:
    """Return a plan's document and those that it extends, beginning with the one that extends nothing.

    Args:
        text: The plan's document.
        file: Its name, for messages.
        folder: Where the file named by `extends` is looked for; None where there is no folder.
        findings: Where what is wrong goes; nothing is returned when something was.
    """
    before = len(findings)
    document = read_document(text, file, findings)
    layers: list[Item] = []
    chain = [(file, None if folder is None else _real(folder / Path(file).name))]
    while document is not None:
        layers.append(document)
        extends = _extends(document)
        if extends is None or (path := _path(extends, folder, findings)) is None:
            break
        if len(layers) == 1:
            _needs_a_name(document, extends, findings)
        known = [real for _, real in chain]
        chain.append((str(path), _real(path)))
        if chain[-1][1] in known:
            _wrong(extends, f"it goes in a circle: {_shown(chain, known)}", "let one of them extend nothing", findings)
            break
        document = _next(path, extends, findings)
        folder = path.parent
    return layers[::-1] if len(findings) == before else []


def _real(path: Path) -> str:
    return os.path.realpath(path)


def _extends(document: Item) -> Item | None:
    plan = document.table.get("plan")
    return None if plan is None else plan.table.get("extends")


def _path(extends: Item, folder: Path | None, findings: Findings) -> Path | None:
    """The file that a document extends, or None with a finding."""
    name = extends.value
    if not isinstance(name, str) or isinstance(name, Number) or not name.strip():
        _wrong(extends, "the name of a file was expected", 'write extends = "other.toml"', findings)
        return None
    if folder is None:
        what = "a plan that was given as text has no folder in which to look for the plan that it extends"
        todo = "load it from its file or name the folder; to store it, write it out whole with dumps_plan"
        _wrong(extends, what, todo, findings)
        return None
    if Path(name).is_absolute():
        _wrong(extends, f"{name!r} is an absolute path", "write the path from the folder of this file", findings)
        return None
    return Path(os.path.normpath(folder / name))


def _needs_a_name(document: Item, extends: Item, findings: Findings) -> None:
    """Two plans of one id and version would be taken for one."""
    if not document.table["plan"].table.keys() & {"id", "version"}:
        what = "a plan that extends another needs a name of its own"
        _wrong(extends, what, "write an id or a version beside it, or both", findings)


def _next(path: Path, extends: Item, findings: Findings) -> Item | None:
    try:
        text = text_of(path, str(path), findings)
    except OSError as error:
        _wrong(
            extends, f"{path} cannot be read: {error.strerror}", "name a file, from the folder of this one", findings
        )
        return None
    return read_document(text, str(path), findings)


def _shown(chain: list[tuple[str, str | None]], known: list[str | None]) -> str:
    """The circle, from its first file to the same again."""
    return " -> ".join(name for name, _ in chain[known.index(chain[-1][1]) :])


def _wrong(item: Item, what: str, todo: str, findings: Findings) -> None:
    findings.add(code="plan.extends", what=what, todo=todo, file=item.file, line=item.line, path=item.path)
