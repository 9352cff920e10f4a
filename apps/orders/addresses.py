"""Reading a delivery address (partner_api §2.2): what real clients leave out or send empty is let through."""

from typing import Any

from apps.core import countries
from apps.core.names import name_key
from apps.core.reading import Node, named

TEXTS = {
    "companyName": 255,
    "contactName": 255,
    "address1": 255,
    "address2": 255,
    "suburb": 255,
    "city": 255,
    "postcode": 32,
    "phone": 64,
    "email": 254,
}


def read_address(node: Node, *, lenient: bool) -> dict[str, Any]:
    """The address at `node`; where invalid ones are allowed, a name and `address1` are enough."""
    if not node.object(required=True).is_set:
        return {}
    address: dict[str, Any] = {}
    for name, limit in TEXTS.items():
        required = name == "address1" or (name == "city" and not lenient)
        text = node[name].text(limit=limit, required=required)
        if text is not None:
            address[name] = text
    if not (address.get("companyName") or address.get("contactName")):
        node.fail("companyName or contactName is required.")
    if state := _state(node["state"].object()):
        address["state"] = state
    if country := read_country(node["country"].object(required=not lenient), lenient=lenient):
        address["country"] = country
    return address


def _state(node: Node) -> dict[str, str]:
    """A state as it was sent: which ones exist, each country says for itself. Empty texts are unset."""
    texts = {name: node[name].text(limit=100) for name in ("code", "name")}
    return {name: text for name, text in texts.items() if text}


def read_country(node: Node, *, lenient: bool) -> dict[str, str]:
    """A country by all three names; an unknown one is kept as it came where that is allowed."""
    found = named(node, "iso2Code", "iso3Code", "name")
    if found is None:
        return {}
    path, member = found
    text = member.text(limit=100) or ""
    match path:
        case "iso2Code":
            country = countries.BY_ISO2.get(text.upper())
        case "iso3Code":
            country = countries.BY_ISO3.get(text.upper())
        case _:
            country = countries.BY_NAME.get(name_key(text))
    if country:
        return {"iso2Code": country.iso2, "iso3Code": country.iso3, "name": country.name}
    if not lenient:
        member.fail("There is no such country.")
    return {path: text} if text else {}
