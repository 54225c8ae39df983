"""From a file or a text to a checked plan, or to everything that is wrong with it."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from attrs import evolve

from mlmcore.compensation.checked import check_into
from mlmcore.compensation.loader._build import build
from mlmcore.compensation.loader._difference import difference
from mlmcore.compensation.loader._document import Item, merge
from mlmcore.compensation.loader._extends import read_layers, text_of
from mlmcore.compensation.loader._written import document_values
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings


def load_plan(path: str | PathLike[str], variant: str | None = None) -> Plan:
    """Read a plan from a TOML file, and from those that it extends.

    Args:
        path: The file.
        variant: Which of its variants to merge in; none when left out.

    Returns:
        A checked plan. Every variant was checked too, not only the one asked for.

    Raises:
        InputError: With everything that is wrong, each with file, line and path in the document.
        OSError: The file can't be read.
    """
    findings = Findings()
    text = text_of(Path(path), str(path), findings)
    findings.raise_if_any()
    return loads_plan(text, str(path), variant, folder=Path(path).parent)


def loads_plan(
    text: str, name: str = "<text>", variant: str | None = None, *, folder: str | PathLike[str] | None = None
) -> Plan:
    """Read a plan from TOML text.

    Args:
        text: The document.
        name: What to call it in messages and citations.
        variant: As in `load_plan`.
        folder: Where a plan that this one extends is looked for; without it a plan that extends another is refused.

    Returns:
        A checked plan.

    Raises:
        InputError: As `load_plan`.
    """
    findings = Findings()
    layers = read_layers(text, name, None if folder is None else Path(folder), findings)
    if not layers:
        findings.raise_if_any()
    document = layers[0]
    for layer in layers[1:]:
        document = merge(document, layer, findings)
    variants = _variants(layers, findings)
    if variant is not None and variant not in variants:
        findings.add(
            code="plan.variant",
            what=f"there is no variant {variant!r}",
            todo=nearest(variant, variants),
            file=name,
        )
    plan = check_into(build(document, name, "", findings), findings)
    findings.raise_if_any()
    plans = {key: _variant(document, overlays, name, key, findings) for key, overlays in variants.items()}
    findings.raise_if_any()
    return _with_variants(plan, plans) if variant is None else plans[variant]


def _with_variants(plan: Plan, plans: Mapping[str, Plan]) -> Plan:
    whole = document_values(plan) if plans else {}
    return evolve(plan, variants={key: difference(whole, document_values(found)) for key, found in plans.items()})


def _variants(layers: list[Item], findings: Findings) -> dict[str, list[Item]]:
    """The variants by name, each with what every document says of it, beginning with the one that extends nothing."""
    found: dict[str, list[Item]] = {}
    for layer in layers:
        item = layer.table.get("variants")
        for key, overlay in item.table.items() if item is not None else ():
            if isinstance(overlay.value, dict):
                found.setdefault(key, []).append(overlay)
                _refuse_extends(overlay, findings)
            else:
                _wrong(overlay, "a variant is a table", "", findings)
    return found


def _refuse_extends(overlay: Item, findings: Findings) -> None:
    plan = overlay.table.get("plan")
    if plan is not None and "extends" in plan.table:
        _wrong(plan.table["extends"], "a variant extends its own plan", "write it into [plan]", findings)


def _wrong(item: Item, what: str, todo: str, findings: Findings) -> None:
    findings.add(code="plan.value", what=what, todo=todo, file=item.file, line=item.line, path=item.path)


def _variant(document: Item, overlays: list[Item], name: str, key: str, findings: Findings) -> Plan:
    for overlay in overlays:
        document = merge(document, overlay, findings)
    return check_into(build(document, name, key, findings), findings)
