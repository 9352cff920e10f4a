"""Which IP addresses are public, by our own table.

`ipaddress.is_global` lets several special ranges through (6to4, Teredo and NAT64 carry an IPv4 address inside them)
and changes between versions of Python, so the ranges stand here with the words in which a refusal is explained.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

Address = IPv4Address | IPv6Address

_PRIVATE = "a private network address"
_LOOPBACK = "this machine itself (loopback)"
_LINK_LOCAL = "a link-local address, where cloud metadata services live"
_DOCUMENTATION = "an address reserved for documentation"
_RESERVED = "a reserved address"
_MULTICAST = "a multicast address"
_TRANSLATED = "an IPv6 address that carries an IPv4 address inside"

_SPECIAL_4 = [
    (ip_network(network), words)
    for network, words in (
        ("0.0.0.0/8", "an address of no host"),
        ("10.0.0.0/8", _PRIVATE),
        ("100.64.0.0/10", "a shared carrier address (CGNAT)"),
        ("127.0.0.0/8", _LOOPBACK),
        ("168.63.129.16/32", "the platform address of a cloud provider"),
        ("169.254.0.0/16", _LINK_LOCAL),
        ("172.16.0.0/12", _PRIVATE),
        ("192.0.0.0/24", _RESERVED),
        ("192.0.2.0/24", _DOCUMENTATION),
        ("192.31.196.0/24", _RESERVED),
        ("192.52.193.0/24", _RESERVED),
        ("192.88.99.0/24", _RESERVED),
        ("192.168.0.0/16", _PRIVATE),
        ("192.175.48.0/24", _RESERVED),
        ("198.18.0.0/15", "an address reserved for benchmarks"),
        ("198.51.100.0/24", _DOCUMENTATION),
        ("203.0.113.0/24", _DOCUMENTATION),
        ("224.0.0.0/4", _MULTICAST),
        ("240.0.0.0/4", _RESERVED),
    )
]
_SPECIAL_6 = [
    (ip_network(network), words)
    for network, words in (
        ("::/128", "an address of no host"),
        ("::1/128", _LOOPBACK),
        ("::ffff:0:0/96", _TRANSLATED),
        ("::ffff:0:0:0/96", _TRANSLATED),
        ("::/96", _TRANSLATED),
        ("64:ff9b::/96", _TRANSLATED),
        ("64:ff9b:1::/48", _TRANSLATED),
        ("2001::/32", _TRANSLATED),
        ("2001::/23", _RESERVED),
        ("2001:db8::/32", _DOCUMENTATION),
        ("2002::/16", _TRANSLATED),
        ("2620:4f:8000::/48", _RESERVED),
        ("3fff::/20", _DOCUMENTATION),
        ("fc00::/7", _PRIVATE),
        ("fe80::/10", _LINK_LOCAL),
        ("fec0::/10", _PRIVATE),
        ("ff00::/8", _MULTICAST),
    )
]
# Global unicast addresses are given out of this range alone; what lies outside is special or not given out yet.
_GLOBAL_UNICAST = ip_network("2000::/3")
# ISATAP writes an IPv4 address behind this mark into the last half of any IPv6 address.
_ISATAP_MARKS = (0x00005EFE, 0x02005EFE)


def why_not_public(address: Address) -> str | None:
    """Return in plain words what an address is if it is not public, such as "a private network address"."""
    for network, words in _SPECIAL_4 if isinstance(address, IPv4Address) else _SPECIAL_6:
        if address in network:
            return words
    if isinstance(address, IPv6Address):
        if address not in _GLOBAL_UNICAST:
            return _RESERVED
        if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP_MARKS:
            return _TRANSLATED
    return None
