"""One call to the keyring process, which works while this process goes on. It imports little: it is begun early."""

import json
import subprocess
import threading
from contextlib import suppress

from desktop.own_program import own_program

VAULT_SERVICE = "Alcove vault"
DEVICE_SERVICE = "Alcove device"
PROMPT_SECONDS = 120.0
"""How long a keyring that asks the person for its password is left to ask, after its caller has stopped waiting."""


class KeyringCall:
    """Begun when made (OSError when no process can be started); `answer` waits for it."""

    def __init__(self, call: str, service: str, name: str, secret: str | None = None) -> None:
        self.service = service
        self.name = name
        command, folder = own_program("--keyring")
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
        )
        asked = {"call": call, "service": service, "name": name, "secret": secret}
        stdin, self._process.stdin = self._process.stdin, None
        if stdin is not None:
            with suppress(BrokenPipeError), stdin:
                stdin.write(json.dumps(asked).encode() + b"\n")

    def answer(self, seconds: float) -> dict[str, str | None] | None:
        """`{"found": secret or None}`, or `{"problem": one of ports.VaultProblem}`; None when it takes too long.

        A late answer is dropped; the keyring's own question to the person stays on the screen for a while.
        """
        try:
            line, _ = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            threading.Thread(target=self._let_it_ask, name="keyring", daemon=True).start()
            return None
        try:
            answered: dict[str, str | None] = json.loads(line)
        except ValueError:
            return {"problem": "keyring_missing"}
        return answered

    def _let_it_ask(self) -> None:
        try:
            self._process.communicate(timeout=PROMPT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
