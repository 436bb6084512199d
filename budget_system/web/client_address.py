"""The client's address."""

import re
from ipaddress import IPv6Address, ip_address

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+")


def full_address(request: Request) -> str:
    """Return the client's address, behind as many proxies as the settings say, as they report it; empty for a
    socket.
    """
    return str(BaseThrottle().get_ident(request) or "")[:100]


def address_of(request: Request) -> str:
    """Return the client's address; for IPv6, the network of a household."""
    address = full_address(request)
    try:
        parsed = ip_address(_bare(address))
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or parsed.exploded[:19])
    return str(parsed)


def _bare(address: str) -> str:
    """Return an address without what may surround it: the port that some proxies add, or the interface."""
    if match := _WITH_PORT.fullmatch(address):
        address = match[1] or match[2]
    return address.partition("%")[0]
