"""The sandbox' server: what a platform answers, and what makes it fail.

What a platform answers stands under `/accounts/ID`, with a token; what tests and people set stands under `/control/`.
"""

import json
import time
from collections.abc import Callable
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from scripts.sandbox.page import page
from scripts.sandbox.state import Account, Fault, State

ROWS_OF_A_PAGE = 1_000

Answer = tuple[int, dict[str, Any]]


class Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, sentence: str, retry_after: float | None = None) -> None:
        self.status, self.sentence, self.retry_after = status, sentence, retry_after
        super().__init__(sentence)


class SandboxServer(ThreadingHTTPServer):
    """A server with its state."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, state: State | None = None) -> None:
        self.state, self.lock = state or State(), Lock()
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: SandboxServer

    def do_GET(self) -> None:  # the name that the standard library calls
        """Answer what only reads."""
        self._answer()

    def do_POST(self) -> None:
        """Answer what changes something."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the log is the system's."""

    def _answer(self) -> None:
        url = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        headers: dict[str, str] = {}
        if parts == [""]:
            with self.server.lock:
                self._send(200, page(self.server.state).encode(), "text/html; charset=utf-8", {})
            return
        try:
            if parts[0] == "accounts" and len(parts) in (2, 3):
                query = {name: values[-1] for name, values in parse_qs(url.query).items()}
                status, sent = 200, self._platform(parts[1], parts[2] if len(parts) == 3 else "account", body, query)
            elif parts[0] == "control" and len(parts) == 2:
                with self.server.lock:
                    status, sent = 200, control(self.server.state, parts[1], body)
            else:
                status, sent = 404, {"error": "There is nothing here."}
        except Refused as error:
            status, sent = error.status, {"error": error.sentence}
            if error.retry_after is not None:
                headers["Retry-After"] = str(int(error.retry_after))
        self._send(status, json.dumps(sent).encode(), "application/json", headers)

    def _send(self, status: int, content: bytes, kind: str, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # whoever asked has given up

    def _platform(self, account_id: str, call: str, body: Any, query: dict[str, str]) -> dict[str, Any]:
        state = self.server.state
        with self.server.lock:
            fault = state.fault(call)
            account = state.accounts.get(account_id)
            if account is None:
                raise Refused(404, f"There is no account {account_id}.")
            if self.headers.get("Authorization") != f"Bearer {account.token}" or fault and fault.kind == "dead_token":
                raise Refused(401, "The token is not valid, or no longer.")
        if fault is not None:
            _before(fault)
        with self.server.lock:
            answer = platform(state, account_id, call, body, query, fault)
        if fault is not None and fault.kind == "applied_then_hang":
            time.sleep(fault.seconds)
        return answer


def _before(fault: Fault) -> None:
    """Do what a fault does before anything else."""
    if fault.kind in ("slow", "hang"):
        time.sleep(fault.seconds)
    if fault.kind in ("error", "hang"):
        raise Refused(500, "Something went wrong.")
    if fault.kind == "throttle":
        raise Refused(429, "Too many calls.", fault.seconds)


def platform(
    state: State, account_id: str, call: str, body: Any, query: dict[str, str], fault: Fault | None = None
) -> dict[str, Any]:
    """Answer as a platform does."""
    account = state.accounts[account_id]
    if call == "account":
        return {"name": account.name, "currency": account.currency, "timezone": account.timezone}
    if call == "status":
        known = {pk: account.campaigns[pk].status for pk in body["ids"] if pk in account.campaigns}
        return {"campaigns": {pk: status for pk, status in known.items() if status != "REMOVED"}}
    if call == "changes":
        if fault is not None and fault.kind == "throttle_each":
            each: dict[str, object] = {"status": "throttled", "message": "Too many.", "retry_after": fault.seconds}
            return {"results": dict.fromkeys(body["changes"], each)}
        if fault is not None and fault.kind == "refuse_each":
            each = {"status": "refused", "message": "It is under review."}
            return {"results": dict.fromkeys(body["changes"], each)}
        return {"results": state.switch(account_id, body["changes"])}
    if call == "costs":
        begin = int(query.get("page") or 0)
        first, last = date.fromisoformat(query["first"]), date.fromisoformat(query["last"])
        rows = list(islice(account.costs(first, last, state.now()), begin, begin + ROWS_OF_A_PAGE + 1))
        return {
            "rows": rows[:ROWS_OF_A_PAGE],
            "next": str(begin + ROWS_OF_A_PAGE) if len(rows) > ROWS_OF_A_PAGE else "",
        }
    raise Refused(404, "There is nothing here.")


def control(state: State, what: str, body: Any) -> dict[str, Any]:
    """Set what a platform would do; return everything."""
    if what in ("put", "switch", "costs"):
        changes: dict[str, Callable[[str, Any], object]]
        changes = {"put": state.put, "switch": state.switch, "costs": state.state_costs}
        for account_id, values in body.items():
            changes[what](account_id, values)
    elif what == "faults":
        state.faults = [Fault(**fault) for fault in body["faults"]]
    elif what == "clock":
        state.set_clock(datetime.fromisoformat(body["now"]) if body["now"] else None)
    elif what == "reset":
        state.reset()
    elif what != "state":
        raise Refused(404, "There is no such control.")
    return {"calls": state.calls, "accounts": {pk: _shown(one) for pk, one in state.accounts.items()}}


def _shown(account: Account) -> dict[str, Any]:
    campaigns = {
        pk: {"name": one.name, "status": one.status, "changed_at": one.changed_at and one.changed_at.isoformat()}
        for pk, one in account.campaigns.items()
    }
    return {"name": account.name, "currency": account.currency, "timezone": account.timezone, "campaigns": campaigns}
