"""Keyrings for tests: one in memory, for what does not depend on the real one."""


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


class ForgetfulRing(MemoryRing):
    """A keyring that takes secrets and gives none back."""

    def get_password(self, service: str, username: str) -> str | None:
        return None
