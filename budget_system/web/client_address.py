"""Which address asks."""

import re
from ipaddress import IPv6Address, ip_address

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+")


def full_address(request: Request) -> str:
    """Return the address that asks, behind as many proxies as the settings say, as it was told; a socket has none."""
    return str(BaseThrottle().get_ident(request) or "")[:100]


def address_of(request: Request) -> str:
    """Return the address that asks; of IPv6, the network of a household."""
    address = full_address(request)
    try:
        parsed = ip_address(_bare(address))
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or parsed.exploded[:19])
    return str(parsed)


def _bare(address: str) -> str:
    """Take off what may stand around an address: the port that some proxies add, the interface it was reached by."""
    if match := _WITH_PORT.fullmatch(address):
        address = match[1] or match[2]
    return address.partition("%")[0]
