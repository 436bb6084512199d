"""Bodies that are not what they should be: refused with a 4xx that says why, never a 500, never half a change."""

import io
from time import process_time
from typing import Any
from unittest.mock import Mock

from django.test import TestCase
from gunicorn.http.errors import ChunkMissingTerminator, InvalidChunkSize, NoMoreData
from rest_framework.test import APIClient

from brands.models import Brand

GOOD = b'{"name": "Acme", "daily_budget": null, "monthly_budget": null}'


class BodyTests(TestCase):
    client: APIClient
    client_class = APIClient

    def send(self, body: bytes, content_type: str = "application/json", **environ: Any) -> Any:
        text: Any = body  # the stubs know texts only
        return self.client.generic("POST", "/api/brands/", text, content_type=content_type, **environ)

    def assert_refused(self, body: bytes, status: int = 400, content_type: str = "application/json") -> str:
        response = self.send(body, content_type)
        self.assertEqual(response.status_code, status, (body[:80], response.content[:200]))
        self.assertTrue(response.headers["Content-Type"].startswith("application/json"))
        self.assertFalse(Brand.objects.exists())
        return str(response.content.decode())

    def test_what_is_no_json_is_refused(self) -> None:
        for body in (b" ", b"{", b"{'a': 1}", b'{"a": 1,}', b'{"a": 01}', b"nope", b"\xef\xbb\xbf{}", b'{"a": "\n"}'):
            self.assertIn("detail", self.assert_refused(body))

    def test_what_readers_would_understand_differently_is_refused(self) -> None:
        self.assertIn("twice", self.assert_refused(b'{"name": "a", "name": "b"}'))
        self.assertIn("twice", self.assert_refused(b'{"x": [{"deep": 1, "deep": 1}]}'))
        for number in (b"NaN", b"Infinity", b"-Infinity", b"1e99999999999999999999"):
            self.assert_refused(b'{"daily_budget": %b}' % number)
        self.assertIn("UTF-8", self.assert_refused(b'{"name": "\xff"}'))
        for half in (b'{"name": "\\ud800"}', b'{"\\udfff": 1}', b'{"name": [["\\ud83d"]]}'):
            self.assertIn("surrogate", self.assert_refused(half))

    def test_endless_things_are_refused(self) -> None:
        self.assertIn("digits", self.assert_refused(b'{"daily_budget": %b}' % (b"9" * 5_000)))
        self.assertIn("digits", self.assert_refused(b'{"daily_budget": 0.%b}' % (b"9" * 5_000)))
        self.assertIn("deeper", self.assert_refused(b'{"name": %b}' % (b"[" * 32 + b"]" * 32)))
        self.assertIn("deeper", self.assert_refused(b"[" * 90_000 + b"]" * 90_000))
        self.assertNotIn("deeper", self.assert_refused(b'{"name": %b}' % (b"[" * 31 + b"]" * 31)))
        self.assert_refused(b'{"name": "%b"}' % (b"\\u0301\\u0316" * 80_000))

    def test_one_object_is_asked_for(self) -> None:
        for body in (b"[]", b"null", b"5", b'"text"', b"true", b'[{"name": "a"}]'):
            self.assertIn("non_field_errors", self.assert_refused(body))

    def test_unknown_fields_are_named_and_the_answer_stays_short(self) -> None:
        self.assertIn("timezone", self.assert_refused(GOOD.replace(b"}", b', "timezon": "UTC"}')))
        many = b",".join(b'"f%d": 1' % number for number in range(50_000))
        self.assertLess(len(self.assert_refused(b"{%b}" % many)), 10_000)

    def test_other_media_types_are_refused(self) -> None:
        for media_type in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
            "application/json; charset=utf-16",
            "application/*",
            "nonsense",
        ):
            self.assert_refused(GOOD, 415, media_type)

    def test_a_large_body_is_refused_whatever_its_length_says(self) -> None:
        large = GOOD + b" " * 1024 * 1024
        self.assert_refused(large, 413)
        exact = GOOD + b" " * (1024 * 1024 - len(GOOD))
        self.assertEqual(self.send(exact).status_code, 201)

    def test_how_many_values_there_are_is_counted_before_they_are_read(self) -> None:
        for values in (b"{}", b"0", b'{"a":1}', b"[]", b'"{"'):
            body = b"[" + b",".join([values] * (4_000_000 // len(values))) + b"]"
            begun = process_time()
            response = self.client.generic("POST", "/api/spends/bulk/", body, content_type="application/json")  # type: ignore[arg-type]
            self.assertLess(process_time() - begun, 1)
            self.assertEqual(response.status_code, 400)
            self.assertIn("more than 100,000 values", response.json()["detail"])

    def test_what_stands_in_texts_is_not_counted(self) -> None:
        many = b'{"name": "%b", "daily_budget": null, "monthly_budget": null}' % (b'\\"{,[' * 60_000)
        self.assertIn("characters", self.assert_refused(many))
        for open_text in (b'["' + b'\\"' * 200_000, b'["' + b"{," * 200_000 + b"\\"):
            begun = process_time()
            self.assertIn("JSON parse error", self.assert_refused(open_text))
            self.assertLess(process_time() - begun, 1)

    def test_a_body_in_chunks_is_read_too(self) -> None:
        for body, status in ((GOOD, 201), (GOOD + b" " * 1024 * 1024, 413)):
            chunked: dict[str, Any] = {
                "wsgi.input": io.BytesIO(body),
                "wsgi.input_terminated": True,
                "HTTP_TRANSFER_ENCODING": "chunked",
            }
            response = self.send(b"", **chunked)
            self.assertEqual(response.status_code, status, response.content)

    def test_chunks_that_are_none_are_refused(self) -> None:
        for fault in (InvalidChunkSize(b"zz"), ChunkMissingTerminator(b"x"), NoMoreData()):
            chunked: dict[str, Any] = {
                "wsgi.input": Mock(read=Mock(side_effect=fault)),
                "wsgi.input_terminated": True,
                "HTTP_TRANSFER_ENCODING": "chunked",
            }
            response = self.send(b"", **chunked)
            self.assertEqual(response.status_code, 400, response.content)
            self.assertIn("send it again", response.json()["detail"])
        self.assertFalse(Brand.objects.exists())

    def test_no_body_is_an_empty_one(self) -> None:
        response = self.client.generic("POST", "/api/brands/")
        self.assertEqual(set(response.json()), {"name", "daily_budget", "monthly_budget"})
        self.assertEqual(self.send(b"", "application/x-www-form-urlencoded").status_code, 400)
