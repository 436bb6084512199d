"""Host names and addresses: whether they mean this machine, and how they are written."""

import re
from ipaddress import IPv6Address, ip_address
from typing import Final

_PREFIX: Final = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_SITE: Final = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
RESERVED_PATHS: Final = ("admin", "api", "health", "metrics", "month", "static", "unsubscribe")


def is_loopback(host: str) -> bool:
    """Return whether a name or an IP address, in brackets or not, means the machine itself and no other."""
    name = host.removeprefix("[").removesuffix("]").lower()
    if name == "localhost":
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def is_bindable(host: str) -> bool:
    """Return whether a server can listen there: an IP address, or localhost."""
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def with_port(host: str, port: int) -> str:
    """Return address and port as servers and URLs write them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def site_url(text: str) -> str:
    """Return the address at which people find the system, without a slash at its end; empty where none is said.

    Raise `ValueError`, with a sentence, for an invalid one, and for one with a path, which belongs into `URL_PREFIX`.
    """
    url = text.removesuffix("/")
    if url and not _SITE.fullmatch(url):
        raise ValueError(
            f"SITE_URL is “{text}”, which is no address of a site; write it like https://budget.example.com, "
            "with a port where it has one; a path belongs into URL_PREFIX."
        )
    return url


def path_prefix(text: str) -> str:
    """Return the path below which everything is served, without a slash at its end; empty for the root.

    Raise `ValueError`, with a sentence, for an invalid path, and for one that could be confused with a page of our own.
    """
    prefix = text.removesuffix("/")
    if not prefix:
        return ""
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"URL_PREFIX is “{text}”, which is no path; write it like /budget, or leave it out.")
    if prefix.split("/")[1] in RESERVED_PATHS:
        raise ValueError(f"URL_PREFIX is “{text}”, which begins as one of the system's own paths; choose another.")
    return prefix
