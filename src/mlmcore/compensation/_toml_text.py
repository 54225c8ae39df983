"""Values as TOML text, decimals exactly as they are; the one thing that the standard library reads and does not write.

Only what a plan holds: texts, decimals, whole numbers, booleans, dates, and lists and tables of them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

__all__ = ["toml_key", "toml_value"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_DELETE: Final = "\x7f"


def toml_value(value: Any) -> str:  # noqa: PLR0911 - a return per kind
    """Return a value on one line.

    >>> from decimal import Decimal
    >>> print(toml_value({"rates": [Decimal("0.05"), Decimal("0.030")], "counts": "true"}))
    { rates = [0.05, 0.030], counts = "true" }

    Raises:
        TypeError: TOML, or a plan, has no such value.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case str():
            return _text(value)
        case date():
            return value.isoformat()
        case Mapping():
            pairs = ", ".join(f"{toml_key(key)} = {toml_value(item)}" for key, item in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case Sequence():
            return f"[{', '.join(map(toml_value, value))}]"
        case _:
            raise TypeError(f"{value!r} cannot be written into a plan")


def toml_key(name: str) -> str:
    """Return a key, in quotation marks where it needs them."""
    return name if _BARE.fullmatch(name) and name.isascii() else _text(name)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace(_DELETE, "\\u007f")
