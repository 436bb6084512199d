"""Behind an nginx that compresses: a tag comes back weakened, and a conditional write goes through all the same."""

import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final
from unittest import skipUnless

from django.test import LiveServerTestCase, override_settings

from tests.access import Roles

NGINX: Final = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin:/opt/homebrew/bin")
PATIENCE: Final = 20
"""Seconds that nginx has to begin."""

CONFIGURATION: Final = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_types application/json;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass {upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


@skipUnless(NGINX, "needs nginx: sudo apt-get install nginx-light, or brew install nginx")
@override_settings(API_AUTH="closed")
class CompressedTests(Roles, LiveServerTestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = Path(tempfile.mkdtemp(prefix="budget-nginx-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        settings = folder / "nginx.conf"
        settings.write_text(CONFIGURATION.format(folder=folder, port=self.port, upstream=self.live_server_url))
        self.log = folder / "nginx.log"
        with self.log.open("wb") as log:
            command = [str(NGINX), "-p", str(folder), "-c", str(settings), "-e", "stderr"]
            nginx = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(nginx.wait)
        self.addCleanup(nginx.terminate)
        self.wait_for(nginx)
        self.headers = {
            "Authorization": f"Token {self.token(self.manager)}",
            "Content-Type": "application/json",
            "Accept-Encoding": "gzip",
        }

    def wait_for(self, nginx: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and nginx.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.05)
        self.fail(self.log.read_text(errors="replace"))

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
