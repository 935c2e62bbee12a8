"""A private PostgreSQL cluster for the tests: real, on a Unix socket, run by a user who is not root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_USER = "nobody"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running cluster; every database made in it goes with it."""

    bin_dir: Path
    socket_dir: Path

    def new_database(self, name: str) -> str:
        """Make an empty database; its SQLAlchemy URL."""
        self.psql("postgres", f"CREATE DATABASE {name}")
        return f"postgresql+asyncpg://alcove@/{name}?host={self.socket_dir}"

    def psql(self, database: str, statement: str) -> str:
        """Run one statement from outside; what it printed."""
        arguments = [
            "-h",
            str(self.socket_dir),
            "-U",
            "alcove",
            "-d",
            database,
            "-v",
            "ON_ERROR_STOP=1",
            "-Atc",
            statement,
        ]
        done = subprocess.run([self.bin_dir / "psql", *arguments], check=True, capture_output=True, text=True)
        return done.stdout


def _find_binaries() -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb")
    if not versions and found is None:
        raise RuntimeError(
            "PostgreSQL is missing: the gateway's store is tested on it (requirements/system-packages.txt)"
        )
    return versions[-1].parent if versions else Path(str(found)).parent


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Start a cluster in a folder of its own, and end it with everything in it."""
    bin_dir = _find_binaries()
    # Short and passable for another user: a socket's path has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="alcove-pg-", dir="/tmp"))  # noqa: S108
    as_user: list[str] = []
    if os.getuid() == 0:
        shutil.chown(folder, _USER)
        as_user = ["setpriv", f"--reuid={_USER}", f"--regid={pwd.getpwnam(_USER).pw_gid}", "--clear-groups"]
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*as_user, str(bin_dir / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder)

    try:
        run("initdb", "-U", "alcove", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-locale")
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "start", "-w", "-s", "-o", options, "-l", str(folder / "log"))
        try:
            yield Cluster(bin_dir, folder)
        finally:
            run("pg_ctl", "stop", "-m", "immediate", "-w", "-s")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
