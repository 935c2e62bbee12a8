"""TURN credentials as coturn computes them itself."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.config import load_config
from gateway.envelope import KeyFileUnusable
from gateway.identity.ice import IceServers
from tests.gateway.routes.practice import config_text, write_practice

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ICE = '[ice]\nservers = [{ urls = "turn:127.0.0.1:3478", secret_file = "turn" }, { urls = "stun:127.0.0.1:3478" }]\n'


def test_there_are_none_unless_named(tmp_path: Path) -> None:
    config = load_config(write_practice(tmp_path, config_text("http://127.0.0.1:9", 8080)))
    assert IceServers(config).for_user("room", NOW) == ()


def test_credentials_are_of_limited_life(tmp_path: Path) -> None:
    config = load_config(write_practice(tmp_path, config_text("http://127.0.0.1:9", 8080) + ICE))
    secret = tmp_path / "turn"
    secret.touch(0o600)
    secret.write_text("shared\n")
    turn, stun = IceServers(config).for_user("room-1", NOW)
    assert turn["username"] == f"{int(NOW.timestamp()) + 14_400}:room-1"
    expected = hmac.new(b"shared", turn["username"].encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn["credential"]) == expected
    assert stun == {"urls": "stun:127.0.0.1:3478"}


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    config = load_config(write_practice(tmp_path, config_text("http://127.0.0.1:9", 8080) + ICE))
    secret = tmp_path / "turn"
    secret.write_text("shared")
    secret.chmod(0o644)
    with pytest.raises(KeyFileUnusable):
        IceServers(config)
