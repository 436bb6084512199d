"""Where a request may go: an address as it is written, and what is connected to for it (docs/alerts.md, Channels)."""

import ipaddress
import socket
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.exceptions import ValidationError
from requests_hardened.ip_filter import InvalidIPAddress, filter_host

from budget_system.core.addresses import is_loopback

MOST_URL: Final = 2000
PORTS: Final = frozenset({443, 8443})
NOT_PUBLIC: Final = "The address leads to a machine or network that is not on the internet."
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")


def checked(url: str) -> str:
    """Return an address as it is connected to. Raise `ValidationError` where nothing may be sent to it as written."""
    if len(url) > MOST_URL:
        raise ValidationError(f"An address has at most {MOST_URL} characters.")
    if any(letter.isspace() or not letter.isprintable() or letter == "\\" for letter in url):
        raise ValidationError("Leave out spaces, line breaks and backslashes: no address has them.")
    try:
        prepared = requests.Request("POST", url).prepare().url or ""
        parts = urlsplit(prepared)
        port = parts.port
    except (requests.RequestException, ValueError):
        raise ValidationError("Enter a whole address, like https://example.com/alerts.") from None
    host = (parts.hostname or "").rstrip(".")
    if "@" in parts.netloc:
        raise ValidationError("Leave out user and password: they would stand in the address for all to read.")
    is_own = bool(settings.OUTGOING_LOOPBACK) and is_loopback(host)
    if parts.scheme != "https" and not (parts.scheme == "http" and (settings.DEBUG or is_own)):
        raise ValidationError("Begin the address with https://, so that nobody can read what is sent.")
    if not is_own:
        _check_place(host, _DEFAULT_PORTS[parts.scheme] if port is None else port)
    return prepared


def _check_place(host: str, port: int) -> None:
    if port not in PORTS | ({80} if settings.DEBUG else set()):
        raise ValidationError(f"The port of an address is 443 or 8443, not {port}.")
    literal = _literal(host)
    if literal is not None:
        try:
            judge(literal, port)
        except requests.RequestException:
            raise ValidationError(NOT_PUBLIC) from None
    elif "." not in host or host.endswith(".localhost"):
        raise ValidationError(NOT_PUBLIC)


def _literal(host: str) -> str | None:
    """Return the IP address that a host is, also in the odd spellings that are understood; `None` for a name."""
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return None


def judge(host: str, port: int) -> str:
    """Return the IP address that is connected to for a host. Raise `InvalidIPAddress` for one that may not be."""
    found: str = filter_host(host, port, allow_loopback=bool(settings.OUTGOING_LOOPBACK))
    address = ipaddress.ip_address(found.strip("[]"))
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST and not address.is_loopback:
        raise InvalidIPAddress(address)
    return found
