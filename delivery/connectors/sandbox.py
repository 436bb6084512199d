"""The connector of the sandbox, a local server that behaves as a platform does (`python -m scripts.sandbox`)."""

import time
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from ipaddress import ip_address
from itertools import islice
from typing import Final
from urllib.parse import quote, urlsplit

import requests
from django.core.exceptions import ValidationError

from delivery.connectors.http_calls import Answer, call
from delivery.connectors.protocol import (
    APPLIED,
    CALL_SECONDS,
    PUSH_SECONDS,
    AccessRefused,
    AccountInfo,
    Cost,
    Result,
    ResultKind,
    Unavailable,
)
from delivery.models import Account, Observed

AT_A_TIME: Final = 1_000
STARTED_BY: Final = "The sandbox is started by ./run_all.sh --demo, or by python -m scripts.sandbox."
NOT_NOW: Final = Result(ResultKind.RETRY, "There was no time left to ask for it.")


class SandboxConnector:
    """One account at the sandbox."""

    def __init__(self, address: str, account_id: str, token: str) -> None:
        self._base = f"{address.rstrip('/')}/accounts/{quote(account_id, safe='')}"
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between a machine and itself
        self._session.headers["Authorization"] = f"Bearer {token}"

    @classmethod
    def of(cls, account: Account) -> "SandboxConnector":
        """Return the connector of an account. Raise `ValidationError` where its address is not of this machine."""
        address, token = (str(account.credentials.get(name, "")) for name in ("address", "token"))
        require_loopback(address)
        return cls(address, account.external_id, token)

    def account(self) -> AccountInfo:
        """Return what the sandbox says of the account."""
        body = self._ask("GET", "").body
        return AccountInfo(str(body["name"]), str(body["currency"]), str(body["timezone"]))

    def running(self, external_ids: Collection[str]) -> dict[str, Observed]:
        """Return the state of campaigns."""
        found: dict[str, Observed] = {}
        for ids in _batches(external_ids):
            body = self._ask("POST", "/status", {"ids": ids}).body
            states = body.get("campaigns")
            for pk in ids:
                state = states.get(pk) if isinstance(states, dict) else None
                found[pk] = Observed(state) if state in ("ACTIVE", "PAUSED") else Observed.NOT_FOUND
        return found

    def set_running(self, changes: Mapping[str, bool]) -> dict[str, Result]:
        """Activate campaigns, or pause them."""
        results = dict.fromkeys(changes, NOT_NOW)
        until = time.monotonic() + PUSH_SECONDS
        for ids in _batches(changes):
            if time.monotonic() > until:
                break
            wanted = {pk: "ACTIVE" if changes[pk] else "PAUSED" for pk in ids}
            try:
                answers = self._ask("POST", "/changes", {"changes": wanted}).body.get("results")
            except Unavailable as error:
                results |= dict.fromkeys(ids, Result(ResultKind.RETRY, error.message, error.retry_after))
                if error.retry_after:
                    break  # it asks to be left alone
                continue
            results |= {pk: _result(answers.get(pk) if isinstance(answers, dict) else None) for pk in ids}
        return results

    def costs(self, first: date, last: date) -> Iterator[Cost]:
        """Yield what campaigns have cost, page by page."""
        page = ""
        while True:
            body = self._ask("GET", "/costs", params={"first": str(first), "last": str(last), "page": page}).body
            rows = body.get("rows")
            for row in rows if isinstance(rows, list) else ():
                yield Cost(row["campaign"], row["name"], date.fromisoformat(row["day"]), Decimal(row["amount"]))
            page = str(body.get("next") or "")
            if not page:
                return

    def _ask(
        self,
        method: str,
        path: str,
        json_body: Mapping[str, object] | None = None,
        *,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        url = self._base + path
        try:
            answer = call(self._session, method, url, json_body=json_body, params=params, seconds=CALL_SECONDS)
        except Unavailable as error:
            raise Unavailable(f"{error.message} {STARTED_BY}", error.retry_after) from error
        said = str(answer.body.get("error", ""))
        if answer.status in (401, 403):
            raise AccessRefused(said or "The sandbox does not accept the token.")
        if answer.status == 404:
            raise AccessRefused(said or "The sandbox has no such account.")
        if answer.status == 429:
            raise Unavailable(said or "The sandbox asks to be left alone.", answer.retry_after)
        if answer.status != 200:
            raise Unavailable(said or f"The sandbox answered {answer.status}.", answer.retry_after)
        return answer


def require_loopback(address: str) -> None:
    """Refuse an address that is not of this machine."""
    url = urlsplit(address)
    try:
        host, is_plain = url.hostname or "", url.scheme == "http" and not url.username and url.port != 0
        is_local = is_plain and (host == "localhost" or ip_address(host).is_loopback)
    except ValueError:
        is_local = False
    if not is_local:
        raise ValidationError({"address": "The sandbox runs on this machine: enter http://127.0.0.1 and its port."})


def _result(answer: object) -> Result:
    if not isinstance(answer, dict):
        return Result(ResultKind.RETRY, "The sandbox did not answer for it.")
    said = str(answer.get("message", ""))
    match answer.get("status"):
        case "applied":
            return APPLIED
        case "not_found":
            return Result(ResultKind.NOT_FOUND, said)
        case "throttled":
            return Result(ResultKind.RETRY, said, timedelta(seconds=float(answer["retry_after"])))
        case "refused":
            return Result(ResultKind.REFUSED, said)
        case _:
            return Result(ResultKind.RETRY, said)


def _batches(ids: Collection[str]) -> Iterator[list[str]]:
    left = iter(ids)
    while batch := list(islice(left, AT_A_TIME)):
        yield batch
