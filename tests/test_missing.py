"""Every command without the virtual environment, with a library missing, before `migrate`, and where it may not write.

Each says in a sentence what to do, without a traceback.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

from django.core.management import get_commands
from django.test import SimpleTestCase, tag

from tests.project import MARK, copy_project
from tests.sampling import SOAK, sample
from tests.system.migrated import copy_migrated
from tests.test_setup import base_python

PROGRAMS: Mapping[str, Sequence[str]] = {
    "tick": ("manage.py", "tick"),
    "test": ("manage.py", "test", "tests.test_closed", "tests.test_replay"),
    "run_all": ("-m", "scripts.run_all"),
    "postgres": ("-m", "scripts.postgres", "true"),
    "test_system": ("test_system.py",),
    "replay_reports": ("-m", "benchmarks.replay_reports"),
    "mutants": ("-m", "tests.mutants", "none-of-them"),
}

MISSING: dict[str, Sequence[str]] = {
    "django": ("tick", "run_all", "replay_reports"),
    "unfold": ("tick", "run_all", "replay_reports"),
    "redis": ("test_system",),
    "psycopg": ("postgres", "mutants"),
    "time_machine": ("test",),
}
if SOAK:
    MISSING |= {
        "celery": ("tick", "test", "replay_reports"),
        "environs": ("tick", "test", "run_all", "replay_reports"),
        "kombu": ("tick", "test", "run_all", "replay_reports"),
        "psutil": ("run_all", "test_system"),
        "whitenoise": ("test",),
    }

HIDE = """
import os, sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == os.environ.get("HIDDEN"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
"""

ARGUMENTS: Mapping[str, Sequence[str]] = {
    "axes_reset_ip": ("192.0.2.1",),
    "axes_reset_ip_username": ("192.0.2.1", "alice"),
    "axes_reset_username": ("alice",),
    "addstatictoken": ("alice",),
    "backup": ("backups",),
    "changepassword": ("alice",),
    "copy_database": ("sqlite:///none.sqlite3",),
    "createsuperuser": ("--noinput", "--username", "alice", "--email", "alice@example.com"),
    "dbshell": ("--", "-version"),
    "demo_sandbox": ("sandbox.json",),
    "export": ("spends",),
    "findstatic": ("budget/admin.css",),
    "flush": ("--noinput",),
    "import_spends": ("report.csv", "--brand", "Acme", "--platform", "google"),
    "issue_token": ("alice",),
    "loaddata": ("none.json",),
    "optimizemigration": ("brands", "0001"),
    "purge_brand": ("Acme", "--confirm", "Acme"),
    "remove_stale_contenttypes": ("--noinput",),
    "reset_second_factor": ("alice",),
    "reset_spends": ("--daily",),
    "restore": ("none.sqlite3",),
    "revoke_token": ("alice",),
    "sendtestemail": ("alice@example.com",),
    "shell": ("-c", "from brands.models import Brand; print(Brand.objects.count())"),
    "sqlmigrate": ("brands", "0001"),
    "sqlsequencereset": ("brands",),
    "squashmigrations": ("brands", "0001"),
    "startapp": ("another",),
    "startproject": ("another_one",),
}
NEED_NO_TABLES = {"check", "collectstatic", "spectacular"}
"""Some that work before `migrate`."""

SERVE = {"runserver", "testserver", "test", "migrate"}
"""What does not end by itself, what is asked above, and what makes the tables."""

SET_UP = (".env", ".run", "inbox", "venv")
"""What a test, or a program that it starts, makes in the project."""


@tag("processes")
class MissingTestCase(SimpleTestCase):
    """A project of the class's own, where nothing is set up."""

    project: ClassVar[Path]
    hiding: ClassVar[Path]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.project = copy_project(Path(folder.name) / "project", with_venv=False)
        cls.hiding = Path(folder.name) / "hiding"
        cls.hiding.mkdir()
        (cls.hiding / "sitecustomize.py").write_text(HIDE)

    def setUp(self) -> None:
        for name in SET_UP:
            path = self.project / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)
        self.env = {
            **MARK,
            "PATH": os.environ["PATH"],
            "HOME": str(self.scratch),
            "TMPDIR": str(self.scratch),
            "PYTHONPATH": str(self.hiding),
            "SECRET_KEY": "only-for-tests-" * 5,
            "DEBUG": "true",
            "API_AUTH": "open",
            "PORT": "8999",
            "REDIS_URL": "redis://127.0.0.1:1/0",
        }

    def run_program(
        self, arguments: Sequence[str], python: str = sys.executable, **env: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [python, *arguments],
            cwd=self.project,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def assertOneSentence(self, done: "subprocess.CompletedProcess[str]", *parts: str) -> None:  # noqa: N802  # unittest's way
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)


class LibraryTests(MissingTestCase):
    def test_without_the_virtual_environment_each_says_how_to_get_it(self) -> None:
        for name, arguments in PROGRAMS.items():
            with self.subTest(name):
                done = self.run_program(arguments, python=base_python())
                self.assertOneSentence(
                    done, "ERROR The library ", " is not installed; run ./run_all.sh, which installs"
                )
        (self.project / "venv" / "bin").mkdir(parents=True)
        (self.project / "venv" / "bin" / "python").touch()
        done = self.run_program(PROGRAMS["tick"], python=base_python())
        self.assertOneSentence(done, "is not installed; run this with venv/bin/python")

    def test_with_a_library_missing_each_names_it(self) -> None:
        for library, programs in MISSING.items():
            for name in programs:
                with self.subTest(library=library, program=name):
                    done = self.run_program(PROGRAMS[name], HIDDEN=library)
                    self.assertOneSentence(
                        done, f"ERROR The library {library} is not installed; run {sys.executable} -m pip install"
                    )

    def test_who_asks_for_the_traceback_gets_it_and_a_fault_of_ones_own_keeps_it(self) -> None:
        done = self.run_program(("manage.py", "tick", "--traceback"), HIDDEN="celery")
        self.assertIn("Traceback", done.stderr)
        done = self.run_program(("-c", "import scripts, brands.nowhere"))
        self.assertIn("Traceback", done.stderr)
        self.assertIn("No module named 'brands.nowhere'", done.stderr)


class BeforeMigrateTests(MissingTestCase):
    def test_no_command_answers_with_a_traceback(self) -> None:
        known = get_commands()
        own = [name for name, app in known.items() if (self.project / str(app).partition(".")[0]).is_dir()]
        some = sample(sorted(own), known.get)  # one of each app
        chosen = set(known) if SOAK else {*some, *NEED_NO_TABLES, "generateschema"}

        def ask(name: str) -> "subprocess.CompletedProcess[str]":
            url = f"sqlite:///{self.scratch / name}.sqlite3"
            return self.run_program(("manage.py", name, *ARGUMENTS.get(name, ())), DATABASE_URL=url)

        names = sorted(chosen - SERVE)
        self.assertGreater(len(names), 50 if SOAK else 10)
        with ThreadPoolExecutor(2) as pool:
            for name, done in zip(names, pool.map(ask, names), strict=True):
                with self.subTest(name):
                    self.assertNotIn("Traceback", done.stdout + done.stderr)
                    self.assertLessEqual(done.stderr.count("\n"), 1, done.stderr)
                    if name in NEED_NO_TABLES:
                        self.assertEqual(done.returncode, 0, done.stderr)
                    elif name in own and name not in ("backup", "copy_database", "restore"):
                        self.assertIn("run python manage.py migrate", done.stderr)


class FolderTests(MissingTestCase):
    """A file in the place of a folder can be written to by nobody, root included."""

    def test_the_folder_of_a_run(self) -> None:
        (self.project / ".run").touch()

        done = self.run_program(PROGRAMS["run_all"])

        self.assertOneSentence(done, "/.run cannot be written to (File exists); make it a folder of yours")

    def test_the_settings_file(self) -> None:
        (self.project / ".env").mkdir()

        self.assertOneSentence(self.run_program(PROGRAMS["run_all"]), "/.env cannot be used: Is a directory")

    def test_the_folder_of_the_database(self) -> None:
        (self.scratch / "file").touch()
        url = f"sqlite:///{self.scratch}/file/db.sqlite3"
        (self.project / ".env").touch(mode=0o600)

        for name, sentence in (("tick", "look at DATABASE_URL"), ("run_all", "check DATABASE_URL")):
            with self.subTest(name):
                done = self.run_program(PROGRAMS[name], DATABASE_URL=url, REDIS_URL="")
                self.assertOneSentence(done, sentence, "unable to open database file")

    def test_the_inbox(self) -> None:
        url = f"sqlite:///{self.scratch}/db.sqlite3"
        copy_migrated(self.scratch / "db.sqlite3")
        place = self.project / "inbox" / "Acme" / "google"
        place.mkdir(parents=True)
        (place / "report.csv").write_text("campaign_id,date,cost\n")
        (self.project / "inbox" / "failed").touch()

        done = self.run_program(("manage.py", "import_spends", "--folder", "inbox"), DATABASE_URL=url)

        self.assertOneSentence(done, "inbox/failed", "cannot be written to", "make it yours to write")
        self.assertTrue((place / "report.csv").exists())

    def test_the_folder_of_backups(self) -> None:
        (self.scratch / "file").touch()
        url = f"sqlite:///{self.scratch}/db.sqlite3"
        copy_migrated(self.scratch / "db.sqlite3")

        done = self.run_program(("manage.py", "backup", str(self.scratch / "file")), DATABASE_URL=url)

        self.assertOneSentence(done, str(self.scratch / "file"))
