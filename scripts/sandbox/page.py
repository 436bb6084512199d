"""A page that shows what the sandbox does now, for people."""

from html import escape
from zoneinfo import ZoneInfo

from scripts.sandbox.state import State

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width"><title>Sandbox</title>
<style>
:root { color-scheme: light dark } body { font: 16px system-ui, sans-serif; margin: 2rem auto; max-width: 60rem;
padding: 0 1rem } table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .4rem .6rem;
border-bottom: 1px solid #8886 } td:last-child { text-align: right }
</style><h1>Sandbox</h1><p>A platform that runs on this machine: no money, no advertisements.</p>"""


def page(state: State) -> str:
    """Return every account with its campaigns, and what they cost today."""
    now = state.now()
    parts = [HEAD]
    for pk, account in state.accounts.items():
        today = now.astimezone(ZoneInfo(account.timezone)).date()
        costs = {row["campaign"]: row["amount"] for row in account.costs(today, today, now)}
        title = escape(f"{account.name} ({pk}, {account.currency}, {account.timezone})")
        parts.append(f"<h2>{title}</h2><table><tr><th>Campaign<th>Id<th>Status<th>Cost today</tr>")
        parts += [
            f"<tr><td>{escape(one.name)}<td>{escape(key)}<td>{one.status}<td>{costs.get(key, '0.00')}</tr>"
            for key, one in account.campaigns.items()
        ]
        parts.append("</table>")
    return "".join(parts)
