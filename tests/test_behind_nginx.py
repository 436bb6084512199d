"""Behind an nginx that compresses: a tag comes back weakened, and a conditional write goes through all the same."""

import http.client
import json
from unittest import skipUnless

from django.test import LiveServerTestCase, override_settings, tag

from tests.access import Roles
from tests.nginx import NGINX, running_nginx


@tag("processes")
@skipUnless(NGINX, "needs nginx: sudo apt-get install nginx-light, or brew install nginx")
@override_settings(API_AUTH="closed")
class CompressedTests(Roles, LiveServerTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.port = self.enterContext(running_nginx(self.live_server_url))
        self.headers = {
            "Authorization": f"Token {self.token(self.manager)}",
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip",
        }

    def ask(self, method: str, body: object = None, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.addCleanup(connection.close)
        sent = None if body is None else json.dumps(body)
        connection.request(method, f"/api/campaigns/{self.campaign.pk}/", sent, self.headers | headers)
        answer = connection.getresponse()
        answer.read()
        return answer

    def test_the_weakened_tag_is_taken_for_what_it_is(self) -> None:
        read = self.ask("GET")
        tag = str(read.headers["ETag"])
        self.assertEqual((read.status, read.headers["Content-Encoding"], tag[:3]), (200, "gzip", 'W/"'))

        changed = self.ask("PATCH", {"name": "Autumn"}, **{"If-Match": tag})
        self.assertEqual(changed.status, 200)
        self.assertEqual(self.ask("PATCH", {"name": "Winter"}, **{"If-Match": tag}).status, 412)
        both = f"{tag}, {changed.headers['ETag']}"
        self.assertEqual(self.ask("PUT", {"name": "Winter"}, **{"If-Match": both}).status, 200)
        self.campaign.refresh_from_db()
        self.assertEqual(self.campaign.name, "Winter")
