"""Whose address is it: this machine's own, or another's?"""

from ipaddress import IPv6Address, ip_address


def is_loopback(host: str) -> bool:
    """Say whether a name or an IP address, in brackets or not, is that of the machine itself and of nobody else."""
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
    """Say whether a server can be told to listen there: an IP address, or localhost."""
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def with_port(host: str, port: int) -> str:
    """Write address and port as servers and URLs do."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
