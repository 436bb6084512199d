"""Connections of requests that leave the house: to public addresses only, and cut when their time is up."""

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import urllib3
from django.conf import settings
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from budget_system.operations.outgoing_addresses import judge


@dataclass(slots=True)
class Line:
    """The connections of a call, which can be cut from another thread, whatever they wait for."""

    sockets: list[socket.socket] = field(default_factory=list)
    is_cut: bool = False
    lock: Lock = field(default_factory=Lock)

    def watch(self, connection: socket.socket) -> socket.socket:
        """Keep a connection in view. One that comes after the cut is closed."""
        with self.lock:
            if self.is_cut:
                connection.close()
                raise TimeoutError
            self.sockets.append(connection.dup())  # the first is given away where it becomes an encrypted one
        return connection

    def cut(self) -> None:
        """End all connections: who reads or writes there is told at once."""
        with self.lock:
            self.is_cut = True
            for connection in self.sockets:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()


class _PlainConnection(HTTPConnection):
    line: Line

    def _new_conn(self) -> socket.socket:
        return self.line.watch(super()._new_conn())


class _EncryptedConnection(HTTPSConnection):
    line: Line

    def _new_conn(self) -> socket.socket:
        return self.line.watch(super()._new_conn())


class Adapter(IPFilterAdapter):  # type: ignore[misc]  # its library tells no types
    """Connects to public addresses only, and keeps its connections in view."""

    def __init__(self, line: Line, *, is_https: bool) -> None:
        super().__init__(is_https_proto=is_https, allow_loopback=bool(settings.OUTGOING_LOOPBACK))
        self._kind = type("Connection", (_EncryptedConnection if is_https else _PlainConnection,), {"line": line})

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return where is connected to: an address that has been judged."""
        host, pool = super().build_connection_pool_key_attributes(*args, **kwargs)
        host["host"] = judge(host["host"].strip("[]"), host["port"] or 0)
        return host, pool

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> urllib3.HTTPConnectionPool:
        """Return the connections to an address."""
        pool: urllib3.HTTPConnectionPool = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._kind
        return pool
