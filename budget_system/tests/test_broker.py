"""Where the broker is, when nobody says."""

import socket
import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from budget_system.broker import DEFAULT_URL, default_url, note_of


class DefaultUrlTests(SimpleTestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        note_of(self.folder).parent.mkdir()

    def note(self, path: Path) -> str:
        url = f"unix://{path}?db=0"
        note_of(self.folder).write_text(url)
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
