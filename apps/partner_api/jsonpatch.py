"""The part of JSON Patch (RFC 6902) that products take: add, replace and remove on members of objects."""

import copy
from typing import Any

from apps.core.problems import Invalid

_LOCKED = ("id", "customer")
_MAX_OPERATIONS = 200


def patched(document: dict[str, Any], operations: Any) -> dict[str, Any]:
    """The document after the operations, of which either all hold or `Invalid` is raised."""
    if not isinstance(operations, list):
        raise Invalid.at("", "The body must be an array of operations.")
    if len(operations) > _MAX_OPERATIONS:
        raise Invalid.at("", f"At most {_MAX_OPERATIONS} operations are allowed.")
    result = copy.deepcopy(document)
    for number, operation in enumerate(operations):
        _apply(result, operation, f"/{number}")
    return result


def _apply(document: dict[str, Any], operation: Any, pointer: str) -> None:
    if not isinstance(operation, dict):
        raise Invalid.at(pointer, "This must be an object.")
    verb, path = operation.get("op"), operation.get("path")
    if verb not in ("add", "replace", "remove"):
        raise Invalid.at(f"{pointer}/op", "Choose one of add, replace, remove.")
    if not isinstance(path, str) or not path.startswith("/"):
        raise Invalid.at(f"{pointer}/path", "This must be a JSON Pointer such as /details/active.")
    if verb != "remove" and "value" not in operation:
        raise Invalid.at(f"{pointer}/value", "This member is required.")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in path[1:].split("/")]
    if steps[0] in _LOCKED:
        raise Invalid.at(f"{pointer}/path", "This member can't be changed.")
    _change(document, steps, verb, operation.get("value"), f"{pointer}/path")


def _change(document: dict[str, Any], steps: list[str], verb: str, value: Any, pointer: str) -> None:
    target: Any = document
    for step in steps[:-1]:
        if not isinstance(target, dict) or step not in target:
            raise Invalid.at(pointer, "There is nothing at this place.")
        target = target[step]
    last = steps[-1]
    if isinstance(target, list):
        if steps != ["notifications", "-"] or verb != "add":
            raise Invalid.at(pointer, "Inside arrays only /notifications/- can be added to.")
        target.append(value)
    elif not isinstance(target, dict):
        raise Invalid.at(pointer, "There is nothing at this place.")
    elif verb != "add" and last not in target:
        raise Invalid.at(pointer, "This member is not set; use add.")
    elif verb == "remove":
        del target[last]
    else:
        target[last] = value
