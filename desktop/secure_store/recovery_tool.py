"""For IT, on a machine of its own: `alcove --recovery new-key KEY.pem`, `alcove --recovery code VAULT KEY.pem`.

The first makes the organisation's key pair and prints the line for the policy; the second opens a vault's description
and prints the code that the scribe types on the laptop. VAULT is the folder or its `vault.json`, which alone is enough.
"""

import os
import sys
from base64 import b64encode
from getpass import getpass
from pathlib import Path

from desktop.secure_store.recovery import code_of, opened_by_recovery
from desktop.secure_store.sidecar import Sidecar, read_copy, read_sidecar

USAGE = "alcove --recovery new-key KEY.pem | alcove --recovery code VAULT KEY.pem"


def main(words: list[str]) -> int:
    """Do it; 0, or 1 with a sentence on standard error."""
    match words:
        case ["new-key", target]:
            return _new_key(Path(target))
        case ["code", vault, key]:
            return _code(Path(vault), Path(key))
        case _:
            return _refuse(USAGE)


def _new_key(target: Path) -> int:
    """The private key, readable by this user alone and locked by a password, and the line for policy.toml."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    password = _password("Password for the new key: ")
    if not password:
        return _refuse("The key needs a password.")
    key = X25519PrivateKey.generate()
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password))
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError:
        return _refuse(f"{target} is there already, or cannot be written.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    print(f'recovery_key = "{b64encode(key.public_key().public_bytes_raw()).decode()}"')
    return 0


def _code(vault: Path, key_file: Path) -> int:
    sidecar = _sidecar_at(vault)
    if sidecar is None:
        return _refuse(f"{vault} is no vault's description, or is damaged: try its copy, vault.json.copy.")
    private = _private(key_file)
    if private is None:
        return _refuse(f"{key_file} cannot be opened with this password, or is no X25519 key.")
    key = opened_by_recovery(sidecar, private)
    if key is None:
        return _refuse("This vault was not sealed for this key.")
    print(code_of(key))
    return 0


def _sidecar_at(path: Path) -> Sidecar | None:
    return read_sidecar(path) if path.is_dir() else read_copy(path)


def _private(path: Path) -> bytes | None:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), _password("Password of the key: "))
    except (OSError, ValueError, TypeError):
        return None
    return key.private_bytes_raw() if isinstance(key, X25519PrivateKey) else None


def _password(question: str) -> bytes:
    """Asked at a terminal; from a pipe it is the next line."""
    text = getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    return text.encode()


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
