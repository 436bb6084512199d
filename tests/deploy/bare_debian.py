"""A bare Debian in a folder, and the steps of deploy/Dockerfile carried out in it, as an image is built.

What a container adds (its own network and processes) is not there; that the steps lead from nothing to a running system
is what is shown. It takes root, debootstrap and a few minutes.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.deploy.files import DOCKERFILE, ROOT, steps

WHEELS: Final = "var/cache/wheels"
IGNORED: Final = ".dockerignore"


def why_not() -> str:
    """Return why no bare Debian can be made here; nothing where it can."""
    if os.geteuid() != 0:
        return "only root may change to another root folder"
    return "" if shutil.which("debootstrap") else "debootstrap is not installed"


@dataclass
class Image:
    """What the steps have made so far."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "root"
    command: Sequence[str] = ()

    def build(self) -> None:
        """Carry out the steps of the Dockerfile; raise `CalledProcessError` where one fails."""
        release = next(rest for name, rest in steps() if name == "FROM").removeprefix("debian:").removesuffix("-slim")
        _run("debootstrap", "--variant=minbase", release, str(self.root))
        shared_memory = self.root / "dev" / "shm"  # which every container has, for semaphores of the worker
        shared_memory.mkdir(exist_ok=True)
        shared_memory.chmod(0o1777)
        self._fetch_libraries()
        for name, rest in steps():
            self._carry_out(name, rest)

    def _fetch_libraries(self) -> None:
        """Fetch the libraries as this machine does; in the image they are installed by their hashes all the same.

        Those too that only another release of Python needs: the image has Debian's.
        """
        wheels = self.root / WHEELS
        wheels.mkdir(parents=True)
        requirements = wheels / "requirements.txt"
        requirements.write_text(re.sub(r" ; [^\\\n]*", " ", (ROOT / "requirements-run.txt").read_text()))
        pip = (
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--require-hashes",
            "--only-binary=:all:",
            "--no-deps",
        )
        _run(*pip, "--requirement", str(requirements), "--dest", str(wheels))

    def _carry_out(self, name: str, rest: str) -> None:
        match name:
            case "RUN":
                _run(*self._inside("sh", "-c", rest), env={**self.env, **OFFLINE})
            case "COPY":
                source, _ = rest.split()
                for path in [ROOT / source] if source != "." else files_of_the_project():
                    target = self.root / self.folder.lstrip("/") / path.relative_to(ROOT)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(path, target)
            case "ENV":
                self.env |= dict(part.split("=", 1) for part in shlex.split(rest))
            case "WORKDIR":
                self.folder = rest
                (self.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                self.user = rest
            case "CMD":
                self.command = shlex.split(rest.strip("[]").replace(",", " "))
            case "FROM" | "EXPOSE":
                pass
            case _:
                raise ValueError(f"{DOCKERFILE.name}: nobody here knows what {name} does")

    def start(self, *command: str, env: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """Start a command as the image's user."""
        return subprocess.Popen(self._inside(*command), env={**self.env, **env}, start_new_session=True)

    def run(self, *command: str, env: Mapping[str, str]) -> str:
        """Run a command as the image's user; return what it printed."""
        return _run(*self._inside(*command), env={**self.env, **env})

    def _inside(self, *command: str) -> list[str]:
        changing = [
            shutil.which("chroot") or "/usr/sbin/chroot",
            f"--userspec={self.user}",
            str(self.root),
            "/usr/bin/env",
            "--chdir",
            self.folder,
        ]
        return [*changing, *command]


OFFLINE: Final = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"/{WHEELS}", "DEBIAN_FRONTEND": "noninteractive"}


def files_of_the_project() -> Iterator[Path]:
    """Return the files that an image is made of: those that git knows."""
    listed = _run("git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    yield from (ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def _run(*command: str, env: Mapping[str, str] | None = None) -> str:
    if env is not None:
        env = {"PATH": os.environ["PATH"], **env}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)[:300]}: status {done.returncode}\n{text[-3000:]}")
    return text
