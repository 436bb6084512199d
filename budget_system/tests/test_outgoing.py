"""Requests that leave the house: where they may go, and that none holds its sender."""

import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase, override_settings

from budget_system.operations import outgoing
from budget_system.operations.log_config import logging_config
from budget_system.operations.outgoing import Answer, Unanswered, check_url, post
from budget_system.operations.outgoing_addresses import NOT_PUBLIC
from tests.receivers import Reply, always, receiving

NOT_TO_BE_REACHED = (
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://127.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://0.0.0.0/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[fd00:ec2::254]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://localhost/",
    "https://localhost./",
    "https://hook.localhost/",
    "https://intranet/",
)

NOT_AN_ADDRESS = (
    ("https://example.com:22/", "443 or 8443, not 22"),
    ("https://example.com:6379/", "443 or 8443, not 6379"),
    ("https://example.com:99999/", "whole address"),
    ("http://example.com/", "https://"),
    ("ftp://example.com/", "https://"),
    ("file:///etc/passwd", "https://"),
    ("gopher://example.com:443/", "https://"),
    ("javascript:alert(1)", "https://"),
    ("example.com/hook", "whole address"),
    ("https://", "whole address"),
    ("", "whole address"),
    ("https://user@example.com/", "user and password"),
    ("https://user:secret@example.com/", "user and password"),
    ("https://example.com@127.0.0.1/", "user and password"),
    ("https://example.com\\@127.0.0.1/", "backslashes"),
    ("https://example.com/ x", "spaces"),
    ("https://example.com/\r\nHost: x", "line breaks"),
    ("https://example.com/" + "x" * 2000, "at most 2000"),
)


class AddressTests(SimpleTestCase):
    def test_what_is_not_on_the_internet_is_refused(self) -> None:
        for url in NOT_TO_BE_REACHED:
            with self.subTest(url=url):
                with self.assertRaisesMessage(ValidationError, NOT_PUBLIC):
                    check_url(url)
                with self.assertRaises(Unanswered):
                    post(url, b"", {})

    def test_what_no_request_goes_to_is_refused_with_what_to_write(self) -> None:
        for url, words in NOT_AN_ADDRESS:
            with self.subTest(url=url), self.assertRaises(ValidationError) as caught:
                check_url(url)
            self.assertIn(words, caught.exception.messages[0])

    def test_what_is_on_the_internet_is_taken(self) -> None:
        for url in (
            "https://hooks.slack.com/services/T0/B0/x",
            "https://example.com:8443/a?sig=b%20c",
            "https://Example.COM.:443",
            "https://93.184.215.14/",
            "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
            "https://bücher.example/",
        ):
            with self.subTest(url=url):
                check_url(url)

    def test_plain_http_only_while_debugging(self) -> None:
        with override_settings(DEBUG=True):
            check_url("http://example.com/")
            check_url("http://example.com:8443/")
            for url in ("http://example.com:6379/", "http://10.0.0.1/", "ftp://example.com/"):
                with self.subTest(url=url), self.assertRaises(ValidationError):
                    check_url(url)

    def test_receivers_on_this_machine_only_where_it_is_being_tried_out(self) -> None:
        with override_settings(OUTGOING_LOOPBACK=True):
            check_url("http://127.0.0.1:5000/")
            check_url("http://localhost:5000/")
            for url in ("http://10.0.0.1:5000/", "https://169.254.169.254/", "http://example.com/"):
                with self.subTest(url=url), self.assertRaises(ValidationError):
                    check_url(url)


def names(*addresses: str) -> object:
    """Return a resolver that says another address each time, whatever the name."""
    left = list(addresses)

    def getaddrinfo(host: str, port: int, *args: object, **kwargs: object) -> list[object]:
        try:
            found = socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            found = left.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, port))]

    return getaddrinfo


class ConnectedTests(SimpleTestCase):
    def test_a_name_is_judged_by_what_it_leads_to(self) -> None:
        for address in ("127.0.0.1", "10.1.2.3", "169.254.169.254", "0.0.0.0"):
            with (
                self.subTest(address=address),
                patch("socket.getaddrinfo", names(address)),
                self.assertRaisesMessage(Unanswered, NOT_PUBLIC),
            ):
                post("https://rebinding.example/", b"", {})

    def test_a_name_that_leads_elsewhere_after_the_check_is_connected_to_as_checked(self) -> None:
        asked: list[tuple[str, int]] = []

        def connect(address: tuple[str, int], *args: object, **kwargs: object) -> socket.socket:
            asked.append(address)
            raise OSError("not in a test")

        resolver = names("93.184.215.14", "127.0.0.1")
        with (
            patch("socket.getaddrinfo", resolver),
            patch("urllib3.util.connection.create_connection", connect),
            self.assertRaises(Unanswered),
        ):
            post("https://rebinding.example/", b"", {})
        self.assertEqual(asked, [("93.184.215.14", 443)])

    @override_settings(OUTGOING_LOOPBACK=True)
    def test_a_redirect_is_not_followed(self) -> None:
        with receiving() as target, receiving(lambda _: Reply(302, {"Location": target.url})) as receiver:
            self.assertEqual(post(receiver.url, b"", {}).status, 302)
            self.assertEqual(len(receiver.received), 1)
            self.assertEqual(target.received, [])

    @override_settings(OUTGOING_LOOPBACK=True)
    def test_proxies_and_passwords_of_the_environment_are_not_used(self) -> None:
        with (
            receiving() as receiver,
            receiving() as proxy,
            patch.dict("os.environ", {"HTTP_PROXY": proxy.url, "http_proxy": proxy.url, "ALL_PROXY": proxy.url}),
        ):
            self.assertTrue(post(receiver.url, b"", {}).is_success)
        self.assertEqual((len(receiver.received), proxy.received), (1, []))


@override_settings(OUTGOING_LOOPBACK=True)
class AnswerTests(SimpleTestCase):
    def test_body_and_headers_arrive_as_they_are(self) -> None:
        with receiving(lambda _: Reply(201, body=b"thanks")) as receiver:
            answer = post(receiver.url + "?sig=a%2Fb", b'{"a": 1}', {"Content-Type": "application/json", "X-A": "b"})
        self.assertEqual(answer, Answer(201, "thanks"))
        (received,) = receiver.received
        self.assertEqual((received.path, received.body), ("/hook?sig=a%2Fb", b'{"a": 1}'))
        self.assertEqual((received.headers["x-a"], received.headers["user-agent"]), ("b", "budget-system"))
        self.assertEqual(received.headers["host"], f"127.0.0.1:{receiver.port}")

    def test_of_a_long_answer_a_kilobyte_is_read(self) -> None:
        with receiving(lambda _: Reply(400, body=b"x" * 1_000_000)) as receiver:
            self.assertEqual(post(receiver.url, b"", {}), Answer(400, "x" * 1024))

    def test_how_long_it_wants_to_be_left_alone(self) -> None:
        now = datetime(2026, 3, 5, 12, tzinfo=UTC)
        for value, wait in (
            ("120", timedelta(minutes=2)),
            ("99999999999999", timedelta(days=1)),
            ("soon", None),
            ("-5", None),
            (f"{now + timedelta(hours=1):%a, %d %b %Y %H:%M:%S} GMT", None),
        ):
            with self.subTest(value=value), receiving(always(Reply(429, {"Retry-After": value}))) as receiver:
                found = post(receiver.url, b"", {}).retry_after
                if "GMT" in value:  # by the receiver's own clock, which is long past that
                    self.assertEqual(found, timedelta())
                else:
                    self.assertEqual(found, wait)

    def test_one_that_hangs_or_drips_is_left_when_its_time_is_up(self) -> None:
        for reply, status in (
            (Reply(hangs=True), None),
            (Reply(drips="headers", pause=0.1), None),
            (Reply(drips="body", pause=0.1), 200),
            (Reply(503, drips="body", pause=0.1), 503),
        ):
            with (
                self.subTest(reply=reply),
                receiving(always(reply)) as receiver,
                patch.object(outgoing, "ANSWER_SECONDS", 0.4),
                patch.object(outgoing, "CONNECT_SECONDS", 0.4),
            ):
                begun = time.monotonic()
                if status is None:
                    with self.assertRaisesMessage(Unanswered, "no answer within"):
                        post(receiver.url, b"", {})
                else:
                    self.assertEqual(post(receiver.url, b"", {}).status, status)
                self.assertLess(time.monotonic() - begun, 1.5)
                wait_until_ended("outgoing")

    def test_a_name_that_is_looked_up_for_ever_holds_nobody(self) -> None:
        released = threading.Event()

        def getaddrinfo(*args: object, **kwargs: object) -> list[object]:
            released.wait(20)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]

        with (
            patch("socket.getaddrinfo", getaddrinfo),
            patch.object(outgoing, "ANSWER_SECONDS", 0.2),
            patch.object(outgoing, "CONNECT_SECONDS", 0.2),
            self.assertRaisesMessage(Unanswered, "no answer within"),
        ):
            post("https://slow.example/", b"", {})
        released.set()

    def test_nobody_there(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        with self.assertRaisesMessage(Unanswered, "refused, or broke off"):
            post(f"http://127.0.0.1:{port}/secret", b"", {})

    def test_a_name_that_is_not_known(self) -> None:
        with (
            patch("socket.getaddrinfo", side_effect=socket.gaierror(-2, "Name or service not known")),
            self.assertRaisesMessage(Unanswered, "no receiver of this name"),
        ):
            post("https://nowhere.example/", b"", {})

    def test_nothing_that_is_logged_names_the_address(self) -> None:
        with receiving(lambda _: Reply(500)) as receiver, self.assertLogs("urllib3", "DEBUG") as logs:
            post(receiver.url + "/secret", b"", {})
        telling = {record.levelname for record in logs.records if "secret" in record.getMessage()}
        self.assertEqual(telling, {"DEBUG"})
        self.assertEqual(logging_config(level="DEBUG", form="plain")["loggers"]["urllib3"]["level"], "INFO")


def wait_until_ended(name: str) -> None:
    """Wait for threads that have been cut to end: none may be left behind."""
    until = time.monotonic() + 3
    while any(thread.name == name for thread in threading.enumerate()):
        if time.monotonic() > until:
            raise AssertionError("A request that was cut goes on.")
        time.sleep(0.01)


class CertificateTests(SimpleTestCase):
    def serve(self, folder: str) -> tuple[socket.socket, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        path = Path(folder, "certificate.pem")
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        path.write_bytes(
            certificate.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        server = socket.create_server(("127.0.0.1", 0))

        def answer() -> None:
            while True:
                try:
                    plain_line, _ = server.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(plain_line, server_side=True) as line:
                        line.recv(65536)
                        line.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                except OSError:
                    plain_line.close()

        threading.Thread(target=answer, daemon=True).start()
        self.addCleanup(server.close)
        self.addCleanup(server.shutdown, socket.SHUT_RDWR)
        return server, path

    @override_settings(OUTGOING_LOOPBACK=True)
    def test_a_certificate_must_be_of_the_name_and_of_somebody_known(self) -> None:
        with TemporaryDirectory() as folder:
            server, path = self.serve(folder)
            port = server.getsockname()[1]
            with self.assertRaisesMessage(Unanswered, "no valid certificate"):
                post(f"https://localhost:{port}/", b"", {})
            with patch("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(path)):
                self.assertEqual(post(f"https://localhost:{port}/", b"", {}).status, 204)
                with self.assertRaisesMessage(Unanswered, "no valid certificate"):
                    post(f"https://127.0.0.1:{port}/", b"", {})

    @override_settings(OUTGOING_LOOPBACK=True)
    def test_an_encryption_that_never_begins_is_cut(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            patch.object(outgoing, "ANSWER_SECONDS", 0.2),
            patch.object(outgoing, "CONNECT_SECONDS", 0.2),
            self.assertRaises(Unanswered),
        ):
            post(f"https://127.0.0.1:{server.getsockname()[1]}/", b"", {})
        wait_until_ended("outgoing")
