"""Keyrings for tests: one in memory, for what does not depend on the real one."""

import json
from pathlib import Path


class MemoryRing:
    """A keyring in memory that remembers how often it was written to."""

    backend = "memory"

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.written = 0

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.written += 1
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.written += 1
        self.secrets.pop((service, username), None)


class ForgetfulRing(MemoryRing):
    """A keyring that takes secrets and gives none back."""

    def get_password(self, service: str, username: str) -> str | None:
        return None


class FileRing(MemoryRing):
    """A keyring in a file, replaced whole at each change: what a process that was killed had kept is still there."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        if path.exists():
            self.secrets = {(service, name): secret for service, name, secret in json.loads(path.read_text())}

    def set_password(self, service: str, username: str, password: str) -> None:
        super().set_password(service, username, password)
        self._write()

    def delete_password(self, service: str, username: str) -> None:
        super().delete_password(service, username)
        self._write()

    def _write(self) -> None:
        temporary = self._path.with_name(f"{self._path.name}.new")
        temporary.write_text(json.dumps([[*names, secret] for names, secret in self.secrets.items()]))
        temporary.replace(self._path)
