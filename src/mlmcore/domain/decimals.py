"""Reading decimals from text and refusing what only looks like one.

A decimal is digits with at most one point and perhaps a minus. Exponents, thousands separators, currency signs,
white space, digits of other scripts, `NaN` and floats are refused, each with a word on what to write instead, because
a guess here is wrong money later.
"""

import re
from decimal import Decimal

__all__ = ["as_decimal", "parse_decimal", "places_of"]

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LENGTH_MAX = 40


def parse_decimal(text: str, places: int | None = None) -> Decimal:
    """The decimal that a text spells.

    >>> parse_decimal("-12.50", 2)
    Decimal('-12.50')

    Args:
        text: ASCII digits, at most one point with digits on both sides, a minus in front if negative.
        places: Most decimal places that are allowed; None for any number.

    Raises:
        ValueError: The text is something else, or finer than `places`; trailing zeros don't count.
    """
    if len(text) > _LENGTH_MAX:
        msg = f"a number of {len(text)} characters; at most {_LENGTH_MAX} are read"
        raise ValueError(msg)
    if not _DECIMAL.fullmatch(text):
        msg = f"{text!r} is not a decimal; {_advice(text)}"
        raise ValueError(msg)
    return _checked(Decimal(text), places)


def as_decimal(value: Decimal | int | str, places: int | None = None) -> Decimal:
    """A decimal from a decimal, an integer or a text, never from a float.

    Raises:
        TypeError: The value is a float, a boolean or something else.
        ValueError: It is not finite, not spelt as a decimal, or finer than `places`.
    """
    if isinstance(value, str):
        return parse_decimal(value, places)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        msg = f"{value!r} is a {type(value).__name__}; write an exact number: a Decimal, an int or a text"
        raise TypeError(msg)
    number = Decimal(value)
    if not number.is_finite():
        msg = f"{value} is not a finite number"
        raise ValueError(msg)
    return _checked(number, places)


def places_of(number: Decimal) -> int:
    """The decimal places that a number needs; trailing zeros don't count.

    >>> places_of(Decimal("1.50")), places_of(Decimal("1E+3"))
    (1, 0)
    """
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _checked(number: Decimal, places: int | None) -> Decimal:
    if places is not None and places_of(number) > places:
        msg = (
            f"{number} has {places_of(number)} decimal places where {places} are allowed; round it before it comes here"
        )
        raise ValueError(msg)
    return number


def _advice(text: str) -> str:
    if text != text.strip():
        return "remove the white space around it"
    if re.fullmatch(r"[+-]?[0-9.]+[eE][+-]?[0-9]{1,3}", text):
        return f"write it out: {_written_out(text)}"
    if "," in text and re.fullmatch(r"-?[0-9,]+(\.[0-9]+)?", text):
        return f"write it without separators: {text.replace(',', '')}"
    if re.fullmatch(r"-?\.[0-9]+", text):
        return f"write the zero: {text.replace('.', '0.')}"
    if re.fullmatch(r"-?[0-9]+\.", text):
        return f"write it without the point: {text.rstrip('.')}"
    return "write digits with at most one point, such as 1000.50"


def _written_out(text: str) -> str:
    try:
        return format(Decimal(text), "f")
    except ArithmeticError:
        return "1000.50"
