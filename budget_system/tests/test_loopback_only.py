"""In open mode, and with DEBUG, only a caller on this machine is served, whom no web page has sent."""

import http.client
import os
import secrets
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from django.test import Client, SimpleTestCase, TestCase, override_settings, tag

from budget_system.core.addresses import is_loopback
from budget_system.web.loopback_only import HARMLESS_SITES
from scripts.processes import COMMANDS

FOLDER = Path(__file__).resolve().parent.parent.parent

FOREIGN: tuple[dict[str, str], ...] = (
    # A page that makes its own name point to this machine (DNS rebinding), and names that look like this machine's.
    {"Host": "evil.example"},
    {"Host": "evil.example:8000"},
    {"Host": "localhost.evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "evil.example@"},
    {"Host": "192.168.1.10"},
    {"Host": "0.0.0.0:8000"},
    {"Host": "[::]"},
    {"Host": "testserver"},
    {"Host": ""},
    # A proxy, however it says so.
    {"Host": "localhost", "Forwarded": "for=203.0.113.9"},
    {"Host": "localhost", "X-Forwarded-For": "127.0.0.1"},
    {"Host": "localhost", "X-Forwarded-Host": "localhost"},
    {"Host": "localhost", "X-Forwarded-Proto": "https"},
    {"Host": "localhost", "X-Forwarded-Whatever": ""},
    {"Host": "localhost", "X-Real-IP": "203.0.113.9"},
    {"Host": "localhost", "Via": "1.1 proxy"},
    # A page of another site or of another port.
    {"Host": "localhost:8000", "Origin": "https://evil.example"},
    {"Host": "localhost:8000", "Origin": "http://localhost:3000"},
    {"Host": "localhost:8000", "Origin": "https://localhost:8000"},
    {"Host": "localhost:8000", "Origin": "http://127.0.0.1:8000"},
    {"Host": "localhost:8000", "Origin": "null"},
    {"Host": "localhost", "Sec-Fetch-Site": "cross-site"},
    {"Host": "localhost", "Sec-Fetch-Site": "cross-site, none"},
    {"Host": "localhost", "Sec-Fetch-Site": "anything"},
)

OWN: tuple[dict[str, str], ...] = (
    {"Host": "localhost"},
    {"Host": "localhost:8000"},
    {"Host": "LOCALHOST."},
    {"Host": "127.0.0.1:8000"},
    {"Host": "127.9.9.9"},
    {"Host": "[::1]:8000"},
    {"Host": "localhost:8000", "Origin": "http://localhost:8000"},
    *({"Host": "localhost", "Sec-Fetch-Site": site} for site in sorted(HARMLESS_SITES)),
)

PATHS = ("/api/brands/", "/api/", "/api", "/api/nowhere/", "/admin/login/", "/static/budget/admin.css", "/health/")


class LoopbackTests(SimpleTestCase):
    def test_only_this_machines_own_addresses_are_its_own(self) -> None:
        for host in ("localhost", "LocalHost", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1"):
            self.assertTrue(is_loopback(host), host)
        for host in (
            "",
            "0.0.0.0",
            "::",
            "10.0.0.1",
            "localhost.example",
            "127.1",
            "2130706433",
            "0x7f.1",
            "::ffff:8.8.8.8",
        ):
            self.assertFalse(is_loopback(host), host)


@override_settings(ALLOWED_HOSTS=["*"], LOOPBACK_NAMES=[])  # the net below has holes: these must do it alone
class OpenTests(TestCase):
    def status(self, path: str, headers: dict[str, str], method: str = "GET", client: str = "127.0.0.1") -> int:
        answer = Client(REMOTE_ADDR=client).generic(method, path, headers=headers)
        if answer.status_code == 403:
            if path.split("/")[1] == "api":
                self.assertIn("only callers on this machine", answer.json()["detail"])
            else:
                self.assertIn("text/html", answer["Content-Type"])
                self.assertContains(answer, "only callers on this machine", status_code=403)
        return answer.status_code

    @tag("slow")
    def test_what_comes_from_elsewhere_is_refused_on_every_path_and_method(self) -> None:
        for headers in FOREIGN:
            for path in PATHS:
                with self.subTest(path=path, **headers):
                    self.assertEqual(self.status(path, headers), 403)
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"):
            with self.subTest(method=method):
                answer = Client().generic(method, "/api/brands/", headers={"Host": "evil.example"})
                self.assertEqual(answer.status_code, 403)

    def test_what_comes_from_this_machine_is_served(self) -> None:
        for headers in OWN:
            with self.subTest(**headers):
                self.assertEqual(self.status("/api/brands/", headers), 200)
                self.assertEqual(self.status("/admin/login/", headers), 200)

    def test_another_machine_is_refused_whatever_it_says(self) -> None:
        for client in ("203.0.113.9", "10.0.0.1", "", "::ffff:203.0.113.9"):
            with self.subTest(client):
                self.assertEqual(self.status("/api/brands/", {"Host": "localhost"}, client=client), 403)
        for client in ("::1", "127.0.0.2", "::ffff:127.0.0.1"):
            with self.subTest(client):
                self.assertEqual(self.status("/api/brands/", {"Host": "localhost"}, client=client), 200)

    def test_debug_alone_is_for_this_machine_too(self) -> None:
        with override_settings(API_AUTH="closed", DEBUG=True):
            self.assertEqual(self.status("/admin/login/", {"Host": "budget.example"}), 403)
            self.assertEqual(self.status("/admin/login/", {"Host": "localhost"}), 200)

    def test_closed_it_is_for_tokens_and_sessions_to_judge(self) -> None:
        with override_settings(API_AUTH="closed"):
            for headers in ({"Host": "budget.example", "X-Forwarded-For": "203.0.113.9"}, {"Host": "localhost"}):
                with self.subTest(**headers):
                    self.assertEqual(self.status("/admin/login/", headers, client="203.0.113.9"), 200)
                    self.assertEqual(self.status("/api/brands/", headers, client="203.0.113.9"), 401)

    @override_settings(LOOPBACK_NAMES=["testserver"])
    def test_a_name_of_the_machines_own_is_at_home(self) -> None:
        self.assertEqual(self.status("/api/brands/", {"Host": "testserver"}), 200)


@override_settings(API_AUTH="closed", ALLOWED_HOSTS=["budget.example", "localhost"])
class ProductionTests(TestCase):
    """What the profile of production does for a browser."""

    def setUp(self) -> None:
        profile = override_settings(
            SECURE_SSL_REDIRECT=True,
            SECURE_HSTS_SECONDS=100,
            SECURE_HSTS_INCLUDE_SUBDOMAINS=True,
            SECURE_REDIRECT_EXEMPT=["^health/$"],
            SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        )
        profile.enable()
        self.addCleanup(profile.disable)
        self.client = Client()  # whose middleware reads the settings anew

    def test_plain_http_is_sent_on_to_https_but_for_the_probe(self) -> None:
        answer = self.client.get("/admin/login/", headers={"Host": "budget.example"})

        self.assertEqual((answer.status_code, answer["Location"]), (301, "https://budget.example/admin/login/"))
        probe = self.client.get("/health/?only=web", headers={"Host": "budget.example"})
        self.assertNotEqual(probe.status_code, 301)

    def test_what_the_proxy_took_by_https_is_served_and_the_browser_told_to_stay_with_it(self) -> None:
        headers = {"Host": "budget.example", "X-Forwarded-Proto": "https"}

        answer = self.client.get("/admin/login/", headers=headers)

        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer["Strict-Transport-Security"], "max-age=100; includeSubDomains")
        for name, value in (
            ("Referrer-Policy", "same-origin"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ):
            self.assertEqual(answer[name], value)

    def test_no_seconds_take_back_what_browsers_were_told(self) -> None:
        headers = {"Host": "budget.example", "X-Forwarded-Proto": "https"}
        with override_settings(SECURE_HSTS_SECONDS=0):
            answer = Client().get("/admin/login/", headers=headers)
            self.assertEqual(answer["Strict-Transport-Security"], "max-age=0")
        with override_settings(SECURE_HSTS_SECONDS=0, SECURE_SSL_REDIRECT=False):
            self.assertNotIn("Strict-Transport-Security", Client().get("/admin/login/", headers=headers))

    def test_on_the_machine_itself_plain_http_is_served(self) -> None:
        self.assertEqual(self.client.get("/api/brands/", headers={"Host": "localhost"}).status_code, 401)
        forwarded = {"Host": "localhost", "X-Forwarded-For": "203.0.113.9"}
        self.assertEqual(self.client.get("/api/brands/", headers=forwarded).status_code, 301)


@override_settings(API_AUTH="closed", ALLOWED_HOSTS=["budget.example"], LOOPBACK_NAMES=[])
class ProbeTests(TestCase):
    """A probe on the machine itself need not know the name of the system; nothing else gets looser."""

    def status(self, path: str, headers: dict[str, str], method: str = "GET", client: str = "127.0.0.1") -> int:
        with self.settings(SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=["^health/$"]):
            return Client(REMOTE_ADDR=client).generic(method, path, headers=headers).status_code

    def test_a_probe_is_answered_by_every_name_of_the_machine_itself(self) -> None:
        for host in ("localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST."):
            for method in ("GET", "HEAD"):
                with self.subTest(host=host, method=method):
                    self.assertEqual(self.status("/health/?only=web", {"Host": host}, method), 200)
        self.assertEqual(self.status("/health/?only=web", {"Host": "localhost"}, client="::1"), 200)

    def test_by_the_name_of_the_system_everybody_is_answered(self) -> None:
        for client in ("127.0.0.1", "203.0.113.9"):
            self.assertEqual(self.status("/health/?only=web", {"Host": "budget.example"}, client=client), 200)

    def test_whatever_else_names_no_allowed_host_is_refused(self) -> None:
        for headers in FOREIGN:
            if "Origin" not in headers and "Sec-Fetch-Site" not in headers:  # they ask for nothing that is not for all
                with self.subTest(**headers):
                    self.assertEqual(self.status("/health/?only=web", headers), 400)
        for client in ("203.0.113.9", "10.0.0.1", ""):
            with self.subTest(client=client):
                self.assertEqual(self.status("/health/", {"Host": "localhost"}, client=client), 400)
        for path in ("/health", "//health/", "/health//", "/health/x", "/HEALTH/", "/health/../admin/", "/health/%2e"):
            with self.subTest(path=path):
                self.assertEqual(self.status(path, {"Host": "localhost"}), 400)
        for path in PATHS:
            # A style sheet is served before anybody asks for a name, here as in Django's own order.
            if path != "/health/" and not path.startswith("/static/"):
                with self.subTest(path=path):
                    self.assertEqual(self.status(path, {"Host": "localhost"}), 400)


@tag("processes")
class SocketTests(SimpleTestCase):
    """The same over a real socket, as gunicorn hands it on."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "DJANGO"))},
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DEBUG": "true",
            "API_AUTH": "open",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,evil.example",
            "DATABASE_URL": f"sqlite:///{scratch.name}/db.sqlite3",
            "REDIS_URL": "redis://127.0.0.1:1/0",
        }
        command = [part.format(address=f"127.0.0.1:{self.port}") for part in COMMANDS["web"]]
        process = subprocess.Popen(command, cwd=FOLDER, env=env, start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            time.sleep(0.1)

    def raw(self, *lines: str) -> int:
        """Send a request of these lines and give the answer's status."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as caller:
            caller.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            answer = http.client.HTTPResponse(caller)
            answer.begin()
            answer.read()
            return answer.status

    def test_only_the_machine_itself_is_served(self) -> None:
        own, get = f"Host: localhost:{self.port}", "GET /api/nowhere/ HTTP/1.1"
        for lines, status in (
            ((get, own), 404),
            ((get, f"Host: 127.0.0.1:{self.port}"), 404),
            ((get, own, f"Origin: http://localhost:{self.port}"), 404),
            (("GET /api/nowhere/ HTTP/1.0",), 404),  # without a Host it is the address that was called
            ((get, "Host: evil.example"), 403),
            ((get, own, "X-Forwarded-For: 127.0.0.1"), 403),
            ((get, own, "x-forwarded-proto: https"), 403),
            ((get, own, "X-Forwarded-Ssl: on"), 403),
            ((get, own, "Forwarded: for=127.0.0.1"), 403),
            ((get, own, "Origin: https://evil.example"), 403),
            ((get, own, "Sec-Fetch-Site: cross-site"), 403),
            (("GET http://evil.example/api/nowhere/ HTTP/1.1", "Host: evil.example"), 403),
            (("GET /static/budget/admin.css HTTP/1.1", "Host: evil.example"), 403),
        ):
            with self.subTest(lines):
                self.assertEqual(self.raw(*lines), status)
        for lines in (
            (get, own, "Host: evil.example"),
            (get, "Host: evil.example", own),
            (get, "Host: evil.example", "Host : localhost"),
        ):
            with self.subTest(lines):
                self.assertIn(self.raw(*lines), (400, 403))
