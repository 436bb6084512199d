"""Choices as client generators understand them: one enumeration each, never one of several components."""

from typing import Any, Final

_PREFIX: Final = "#/components/schemas/"
_BLANK: Final = "BlankEnum"
_NULL: Final = "NullEnum"


def one_enum_each(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Turn each choice that may be empty or `null` into one reference.

    The library describes it as one of an enumeration, one of the empty text and one of `null`. From those, generators
    make wrapper classes, and names that no language has. An enumeration with the empty text in it, and `nullable`
    beside a reference, say the same and are understood by all of them.
    """
    schemas = result["components"]["schemas"]
    for schema in list(schemas.values()):
        for described in schema.get("properties", {}).values():
            if "oneOf" in described:
                described["allOf"] = [{"$ref": _PREFIX + _joined(described.pop("oneOf"), schemas)}]
    for name in (_BLANK, _NULL):
        schemas.pop(name, None)
    return result


def _joined(parts: list[dict[str, str]], schemas: dict[str, Any]) -> str:
    """Return the component for all parts except `null`; add it where it is missing."""
    names = [part["$ref"].removeprefix(_PREFIX) for part in parts]
    choice = next(name for name in names if name not in (_BLANK, _NULL))
    if _BLANK not in names:
        return choice
    joined = f"{choice}OrEmpty"
    schemas[joined] = schemas[choice] | {"enum": [*schemas[choice]["enum"], ""]}
    return joined
