"""Reading decimals from text and refusing what only looks like one.

A decimal is ASCII digits with at most one point between them and perhaps a minus in front. Exponents, a plus,
thousands separators, currency signs, white space, digits of other scripts, `NaN` and floats are refused, each with a
word on what to write instead, because a guess here is wrong money later. `.5` and `5.` are refused too: they are where
a digit got lost.
"""

import re
from decimal import Decimal

from mlmcore.domain.errors import InputError

__all__ = ["as_decimal", "parse_decimal", "places_of", "shortest"]

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LENGTH_MAX = 40
_CODE = "input.decimal"


def parse_decimal(text: str, places: int | None = None) -> Decimal:
    """The decimal that a text spells.

    >>> parse_decimal("-12.50", 2)
    Decimal('-12.50')

    Args:
        text: ASCII digits, at most one point with digits on both sides, a minus in front if negative.
        places: Most decimal places that are allowed; None for any number.

    Raises:
        InputError: The text is something else, or finer than `places`; trailing zeros don't count.
    """
    if len(text) > _LENGTH_MAX:
        raise InputError.of(f"a number of {len(text)} characters", f"at most {_LENGTH_MAX} are read", code=_CODE)
    if not _DECIMAL.fullmatch(text):
        raise InputError.of(f"{text!r} is not a decimal", _advice(text), code=_CODE)
    return _checked(Decimal(text), places)


def as_decimal(value: Decimal | int | str, places: int | None = None) -> Decimal:
    """A decimal from a decimal, an integer or a text, never from a float.

    Raises:
        TypeError: The value is a float, a boolean or something else.
        InputError: It is not finite, not spelt as a decimal, longer than 40 digits, or finer than `places`.
    """
    if isinstance(value, str):
        return parse_decimal(value, places)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(
            f"{value!r} is a {type(value).__name__}; write an exact number: a Decimal, an int or a text of digits"
        )
    number = Decimal(value)
    if not number.is_finite():
        raise InputError.of(f"{value} is not a finite number", "write digits", code=_CODE)
    if abs(number.adjusted()) > _LENGTH_MAX or len(number.as_tuple().digits) > _LENGTH_MAX:
        raise InputError.of(
            f"a number of more than {_LENGTH_MAX} digits", f"at most {_LENGTH_MAX} are read", code=_CODE
        )
    return _checked(number, places)


def places_of(number: Decimal) -> int:
    """The decimal places that a finite number needs; trailing zeros don't count.

    >>> places_of(Decimal("1.50")), places_of(Decimal("1E+3"))
    (1, 0)
    """
    # By its digits: `normalize` would round to the precision of the host's decimal context.
    _, digits, exponent = number.as_tuple()
    written = "".join(map(str, digits)).rstrip("0")
    return max(0, -int(exponent) - (len(digits) - len(written))) if written else 0


def shortest(number: Decimal) -> str:
    """A decimal as text without trailing zeros and without an exponent.

    >>> shortest(Decimal("12.500"))
    '12.5'
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _checked(number: Decimal, places: int | None) -> Decimal:
    if places is not None and places_of(number) > places:
        raise InputError.of(
            f"{number:f} has {_count(places_of(number))} where {places or 'none'} are allowed",
            "round it before it comes here",
            code=_CODE,
        )
    return number or number.copy_abs()  # minus zero is zero


def _count(places: int) -> str:
    return "1 decimal place" if places == 1 else f"{places} decimal places"


def _advice(text: str) -> str:
    if text != text.strip():
        return "remove the white space around it"
    if _EXPONENT.fullmatch(text) and abs(Decimal(text).adjusted()) < _LENGTH_MAX // 2:
        return f"write it out: {Decimal(text):f}"
    for pattern, advice in _ADVICE:
        if re.fullmatch(pattern, text):
            return advice.format(bare=text.replace(",", ""), point=text.replace(",", "."), **_mended(text))
    return "write digits with at most one point, such as 1000.50"


def _mended(text: str) -> dict[str, str]:
    return {"plain": text.lstrip("+"), "zero": text.replace(".", "0."), "whole": text.rstrip(".")}


_EXPONENT = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?[eE][+-]?[0-9]{1,2}")
_ADVICE = (
    (r"-?[0-9]{1,3},[0-9]{3}", "write {bare} or {point}, whichever is meant"),
    (r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", "write it without separators: {bare}"),
    (r"-?[0-9]+,[0-9]+", "write it with a point: {point}"),
    (r"\+[0-9]+(\.[0-9]+)?", "write it without the plus: {plain}"),
    (r"-?\.[0-9]+", "write the zero: {zero}"),
    (r"-?[0-9]+\.", "write it without the point: {whole}"),
)
