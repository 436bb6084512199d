"""Below a path of a site that has others: every link, redirect, cookie and file stays below it, behind nginx too."""

import http.client
import json
import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import ClassVar
from urllib.parse import urlencode

from django.test import SimpleTestCase, tag
from django.urls import URLPattern, URLResolver, get_resolver

from budget_system.core.addresses import path_prefix
from tests.nginx import NGINX, running_nginx
from tests.system.slow import wait_until
from tests.system.stack import Stack, running_stack

PREFIX = "/budget"
LINKS = re.compile(r"(?:href|src|action)=\"(/[^\"]*)\"")
Answer = tuple[int, http.client.HTTPMessage, str]


@tag("processes")
class PathPrefixTests(SimpleTestCase):
    stack: ClassVar[Stack]
    ports: ClassVar[dict[str, int]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        last = ExitStack()
        cls.addClassCleanup(last.close)
        closed = {"DEBUG": "false", "API_AUTH": "closed", "ALLOW_SQLITE": "true", "HTTPS": "false"}
        cls.stack = last.enter_context(running_stack(URL_PREFIX=PREFIX, **closed))
        cls.stack.manage("shell", "-c", MAKE)
        cls.stack.start("web")
        cls.ports = {"the server itself": cls.stack.port}
        if NGINX:
            server = f"http://127.0.0.1:{cls.stack.port}"
            for name, upstream in {"nginx": server, "nginx that takes the prefix off": f"{server}/"}.items():
                cls.ports[name] = last.enter_context(running_nginx(upstream, location=f"{PREFIX}/"))

    def setUp(self) -> None:
        self.assertTrue(wait_until(self.answers, within=60), self.stack.logs())

    def answers(self) -> bool:
        try:
            return self.ask(self.stack.port, "/health/?only=web")[0] == 200
        except OSError:
            return False

    def ask(self, port: int, path: str, form: Mapping[str, str] | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            body = None if form is None else urlencode(form)
            kind = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("GET" if form is None else "POST", path, body, {**kind, **headers})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def log_in(self, port: int) -> Answer:
        page = self.ask(port, f"{PREFIX}/admin/login/?next={PREFIX}/admin/brands/brand/")
        (token,) = set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page[2]))
        form = {
            "csrfmiddlewaretoken": token,
            "username": "ada",
            "password": "ada-17",
            "next": f"{PREFIX}/admin/brands/",
        }
        return self.ask(port, f"{PREFIX}/admin/login/", form, Cookie=page[1]["Set-Cookie"].partition(";")[0])

    def test_pages_lead_below_the_prefix_and_their_files_are_there(self) -> None:
        for name, port in self.ports.items():
            with self.subTest(name):
                answer = self.log_in(port)
                self.assertEqual((answer[0], answer[1]["Location"]), (302, f"{PREFIX}/admin/brands/"), answer[2])
                cookies = answer[1].get_all("Set-Cookie") or []
                self.assertEqual(
                    {match for one in cookies for match in re.findall(r"Path=([^;]*)", one)}, {f"{PREFIX}/"}
                )
                session = "; ".join(one.partition(";")[0] for one in cookies)
                for path in (
                    "/admin/",
                    "/admin/brands/brand/",
                    "/admin/password_change/",
                    "/api/docs/",
                    "/api/brands/",
                ):
                    status, _, page = self.ask(port, PREFIX + path, Cookie=session, Accept="text/html")
                    self.assertEqual(status, 200, path)
                    links = {link.replace("&amp;", "&") for link in LINKS.findall(page)}
                    self.assertGreater(len(links), 3, path)
                    self.assertEqual([link for link in links if not link.startswith(f"{PREFIX}/")], [], path)
                    for link in sorted(link for link in links if "/static/" in link):
                        self.assertEqual(self.ask(port, link)[0], 200, link)

    def test_redirects_stay_below_it(self) -> None:
        for name, port in self.ports.items():
            for path, leads_to in {
                "/": "/admin/",
                "/admin/": f"/admin/login/?next={PREFIX}/admin/",
                "/admin": "/admin/",
                "/api/brands": "/api/brands/",
            }.items():
                with self.subTest(name, path=path):
                    status, headers, _ = self.ask(port, PREFIX + path, Authorization=f"Token {TOKEN}")
                    self.assertEqual((status, headers["Location"]), (status, PREFIX + leads_to))
                    self.assertIn(status, (301, 302))

    def test_the_api_gives_addresses_below_it(self) -> None:
        for name, port in self.ports.items():
            with self.subTest(name):
                token = f"Token {TOKEN}"
                status, headers, _ = self.ask(port, f"{PREFIX}/api/brands/?page_size=1", Authorization=token)
                following, _, _ = headers["Link"].partition("; rel=")
                self.assertEqual(status, 200)
                self.assertTrue(following.startswith(f"<http://127.0.0.1:{port}{PREFIX}/api/brands/?"), following)
                status, headers, _ = self.ask(port, following[1:-1].partition(str(port))[2], Authorization=token)
                self.assertIn(f"{PREFIX}/api/brands/?page_size=1", headers["Link"])
                self.assertEqual(status, 200)
                schema = json.loads(self.ask(port, f"{PREFIX}/api/schema/?format=json", Authorization=token)[2])
                self.assertEqual(schema["servers"], [{"url": PREFIX}])
                self.assertIn("/api/brands/", schema["paths"])
                text = self.ask(port, f"{PREFIX}/api/brands/", Authorization=token, Accept="text/csv")[2]
                self.assertIn(f"{PREFIX}/api/spends/", text)

    def test_large_bodies_go_where_they_may(self) -> None:
        body = {"a": "b" * 2_000_000}
        for path, status in {"/api/spends/bulk/": 401, "/api/spends/": 413, "/admin/login/": 413}.items():
            with self.subTest(path):
                self.assertEqual(self.ask(self.stack.port, PREFIX + path, body)[0], status)

    def test_a_probe_needs_no_prefix_and_may_have_it(self) -> None:
        for path in ("/health/?only=web", f"{PREFIX}/health/?only=web"):
            self.assertEqual(self.ask(self.stack.port, path)[0], 200, path)


@tag("processes")
class PrefixSettingTests(SimpleTestCase):
    def test_it_begins_with_a_slash_and_is_none_of_our_own_paths(self) -> None:
        for text, expected in {
            "": "",
            "/": "",
            "/budget": "/budget",
            "/budget/": "/budget",
            "/a/b-c": "/a/b-c",
        }.items():
            self.assertEqual(path_prefix(text), expected)
        for text in ("budget", "//budget", "/bud get", "/a//b", "/a/../b", "/a?b", "https://x/budget", "/%62", "/ä"):
            with self.subTest(text), self.assertRaisesRegex(ValueError, r"^URL_PREFIX .* like /budget"):
                path_prefix(text)
        patterns: list[URLPattern | URLResolver] = get_resolver().url_patterns
        own = {route.split("/")[0] for route in (str(each.pattern) for each in patterns) if route[:1].isalpha()}
        self.assertLessEqual({"admin", "health", "metrics", "month"}, own)
        for text in ("/api/v1", "/static", *(f"/{name}" for name in own)):
            with self.subTest(text), self.assertRaisesRegex(ValueError, r"^URL_PREFIX .* the system's own"):
                path_prefix(text)


TOKEN = "0123456789abcdef" * 4
MAKE = f"""
from django.contrib.auth.models import User
from knox.crypto import hash_token
from brands.models import Brand, Token
ada = User.objects.create_superuser("ada", password="ada-17")
Token(digest=hash_token("{TOKEN}"), token_key="{TOKEN}"[:15], user=ada).save()
for name in ("Acme", "Other"):
    Brand.objects.create(name=name)
"""
