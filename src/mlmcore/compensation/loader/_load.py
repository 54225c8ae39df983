"""From a file or a text to a checked plan, or to everything that is wrong with it."""

from os import PathLike
from pathlib import Path

from mlmcore.compensation.checked import check_into
from mlmcore.compensation.loader._build import build
from mlmcore.compensation.loader._document import Item, merge, read_document
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Finding, Findings, InputError


def load_plan(path: str | PathLike[str], variant: str | None = None) -> Plan:
    """Read a plan from a TOML file.

    Args:
        path: The file.
        variant: Which of its variants to merge in; none when left out.

    Returns:
        A checked plan. Every variant was checked too, not only the one asked for.

    Raises:
        InputError: With everything that is wrong, each with file, line and path in the document.
        OSError: The file can't be read.
    """
    content = Path(path).read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        what = f"not UTF-8: byte 0x{content[error.start]:02x}"
        finding = Finding(code="plan.encoding", what=what, todo="save it as UTF-8", file=str(path), line=line)
        raise InputError([finding]) from None
    return loads_plan(text, str(path), variant)


def loads_plan(text: str, name: str = "<text>", variant: str | None = None) -> Plan:
    """Read a plan from TOML text.

    Args:
        text: The document.
        name: What to call it in messages and citations.
        variant: As in `load_plan`.

    Returns:
        A checked plan.

    Raises:
        InputError: As `load_plan`.
    """
    findings = Findings()
    document = read_document(text, name, findings)
    if document is None:
        findings.raise_if_any()
    assert document is not None  # noqa: S101 - the line above raised otherwise
    variants = _variants(document, name, findings)
    if variant is not None and variant not in variants:
        findings.add(
            code="plan.variant",
            what=f"there is no variant {variant!r}",
            todo=nearest(variant, variants),
            file=name,
        )
    plan = check_into(build(document, name, "", findings), findings)
    findings.raise_if_any()
    plans = {key: _variant(document, overlay, name, key, findings) for key, overlay in variants.items()}
    findings.raise_if_any()
    return plan if variant is None else plans[variant]


def _variants(document: Item, name: str, findings: Findings) -> dict[str, Item]:
    item = document.table.get("variants")
    if item is None:
        return {}
    found: dict[str, Item] = {}
    for key, overlay in item.table.items():
        if isinstance(overlay.value, dict):
            found[key] = overlay
        else:
            findings.add(
                code="plan.value", what="a variant is a table", file=name, line=overlay.line, path=overlay.path
            )
    return found


def _variant(document: Item, overlay: Item, name: str, key: str, findings: Findings) -> Plan:
    merged = merge(document, overlay, name, findings)
    return check_into(build(merged, name, key, findings), findings)
