"""Run the sandbox: `python -m scripts.sandbox --port 8010 --put FILE`, with accounts and campaigns as JSON."""

import argparse
import json
import signal
import sys
from contextlib import suppress
from pathlib import Path

from scripts.sandbox.server import SandboxServer


def main() -> int:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m scripts.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--put", type=Path, help="a file with what is there at the beginning")
    options = parser.parse_args()
    server = SandboxServer(options.port)
    if options.put is not None:
        for account_id, values in json.loads(options.put.read_text()).items():
            server.state.put(account_id, values)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"Sandbox: http://127.0.0.1:{server.server_address[1]}/", flush=True)
    with suppress(KeyboardInterrupt):
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
