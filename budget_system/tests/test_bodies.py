"""How much of a body is taken, wherever it goes: nothing is read of one that is too large."""

import io
from typing import Any
from unittest.mock import patch

from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile
from django.test import Client, RequestFactory, SimpleTestCase, TestCase
from django.urls import reverse
from waitress.adjustments import Adjustments

from budget_system.web.body_limits import IMPORT_FORM, LARGE_BODY_PATHS, MAX_BODY, MAX_FILE, MB
from budget_system.web.http_requests import MAX_CHUNK_LINE, MAX_DISCARDED, MAX_LARGE_BODIES, LimitedRequest


class Unreadable(io.BytesIO):
    def read(self, *_: object) -> bytes:
        raise AssertionError("The body was read.")


class LimitTests(TestCase):
    def send(self, path: str, size: int, content_type: str = "application/x-www-form-urlencoded") -> Any:
        client = Client(enforce_csrf_checks=True)
        environ: dict[str, Any] = {"CONTENT_LENGTH": str(size), "wsgi.input": Unreadable()}
        return client.generic("POST", path, content_type=content_type, **environ)

    def test_a_body_that_is_too_large_is_refused_before_anything_reads_it(self) -> None:
        for path in ("/admin/login/", "/admin/brands/brand/add/", "/nowhere", "/", "/static/x", "/health/"):
            for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
                answer = self.send(path, MAX_BODY + 1, content_type)
                self.assertEqual(answer.status_code, 413, path)
                self.assertContains(answer, "at most 1 MB are taken", status_code=413)
        for path, limit in LARGE_BODY_PATHS.items():
            self.assertContains(self.send(path, limit + 1), "at most 20 MB are taken", status_code=413)

    def test_programs_are_told_in_json(self) -> None:
        answer = self.send("/api/spends/", MAX_BODY + 1)
        self.assertEqual((answer.status_code, list(answer.json())), (413, ["detail"]))

    def test_files_that_are_sent_are_not_laid_down_on_the_disk(self) -> None:
        file = SimpleUploadedFile("a.csv", b"x" * 4 * MB)
        request = RequestFactory().post(IMPORT_FORM, {"file": file})
        self.assertIsInstance(request.FILES["file"], InMemoryUploadedFile)

    def test_the_form_that_takes_files_is_the_one_that_is_meant(self) -> None:
        self.assertEqual(reverse("admin:spending_import_import_report"), IMPORT_FORM)
        self.assertLess(MAX_FILE, LARGE_BODY_PATHS[IMPORT_FORM])


class IncomingTests(SimpleTestCase):
    def begin(self, path: str, *headers: str) -> LimitedRequest:
        request = LimitedRequest(Adjustments(max_request_body_size=2**62))
        self.addCleanup(request.close)
        request.received("\r\n".join([f"POST {path} HTTP/1.1", *headers, "", ""]).encode())
        return request

    def test_nothing_is_kept_of_what_is_refused(self) -> None:
        length = f"Content-Length: {3 * MB}"
        for headers, body in (([length], b"x" * 3 * MB), (["Transfer-Encoding: chunked"], _chunks(b"x" * MB, 3))):
            request = self.begin("/admin/login/", *headers)
            for start in range(0, len(body), 8192):
                request.received(body[start : start + 8192])
            self.assertTrue(request.completed)
            self.assertIsNone(request.error)
            self.assertEqual(request.get_body_stream().read(), b"")
            self.assertEqual(request.headers["CONTENT_LENGTH"], str(3 * MB))
            self.assertEqual(request.headers["CONNECTION"], "close")

    def test_what_is_allowed_is_kept(self) -> None:
        for path, size in (("/admin/login/", MAX_BODY), ("/api/spends/bulk/", 2 * MB)):
            request = self.begin(path, f"Content-Length: {size}")
            request.received(b"x" * size)
            self.assertEqual(len(request.get_body_stream().read()), size)

    def test_no_end_is_waited_for_where_none_is_in_sight(self) -> None:
        self.assertTrue(self.begin("/", f"Content-Length: {MAX_DISCARDED + 1}").completed)
        self.assertTrue(self.begin("/", f"Content-Length: {2 * MB}", "Expect: 100-continue").completed)
        endless = self.begin("/", "Transfer-Encoding: chunked")
        endless.received(b"1" * (MAX_CHUNK_LINE + 1))
        self.assertEqual(getattr(endless.error, "code", None), 400)
        with patch("budget_system.web.http_requests.MAX_DISCARDED", 2 * MB):
            request = self.begin("/", "Transfer-Encoding: chunked")
            request.received(_chunks(b"x" * MB, 3)[:-5])
            self.assertTrue(request.completed)

    def test_so_many_large_bodies_come_in_at_a_time_and_no_more(self) -> None:
        length = f"Content-Length: {2 * MB}"
        some = [self.begin("/api/spends/bulk/", length) for _ in range(MAX_LARGE_BODIES)]
        self.assertEqual({request.error for request in some}, {None})
        one_more = self.begin("/api/spends/bulk/", length)
        self.assertEqual((getattr(one_more.error, "code", None), one_more.completed), (503, True))
        some[0].close()
        self.assertIsNone(self.begin("/api/spends/bulk/", length).error)


def _chunks(data: bytes, count: int) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data) * count + b"0\r\n\r\n"
