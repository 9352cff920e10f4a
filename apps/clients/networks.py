"""Addresses that a client may call from: IPv4, IPv6 and networks of both, kept as one text.

The text is read at each call, with the row that is read anyway; what it says is worked out once for each text.
"""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
# An address that is not held against anything, for questions that are not calls.
ANYWHERE = "anywhere"
MOST = 100
_MAPPED_BITS = 96


def allows(text: str, address: str | None) -> bool:
    """Whether a call from an address may pass: an empty text lets all pass, an unknown address passes no other."""
    if not text or address == ANYWHERE:
        return True
    if address is None:
        return False
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    caller = getattr(caller, "ipv4_mapped", None) or caller
    return any(caller in network for network in _networks(text))


def parse(text: str) -> list[str]:
    """The networks that a person typed, each once and in one spelling; ValueError with a sentence where it is none."""
    found: dict[str, None] = {}
    for part in text.replace(",", " ").replace(";", " ").split():
        found[_written(part)] = None
    if len(found) > MOST:
        raise ValueError(f"Name at most {MOST} addresses and networks.")
    return list(found)


def _written(part: str) -> str:
    try:
        network = ip_network(part, strict=False)
    except ValueError:
        raise ValueError(
            f"“{part[:60]}” is no address or network. Write 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32."
        ) from None
    host, slash, _ = part.partition("/")
    if slash and ip_address(host) != network.network_address:
        raise ValueError(f"“{part}” is an address inside a network. The network is written {network}.")
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= _MAPPED_BITS:
        network = ip_network((mapped, network.prefixlen - _MAPPED_BITS))
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)


@lru_cache(maxsize=2048)
def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part) for part in text.split())
