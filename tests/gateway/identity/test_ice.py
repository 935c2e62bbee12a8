"""TURN credentials as coturn computes them itself."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.turn import write_certificates
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


def test_a_room_is_told_once_and_so_its_own_hold_for_its_session(tmp_path: Path) -> None:
    config = load_config(write_practice(tmp_path, config_text("http://127.0.0.1:9", 8080) + ICE))
    (tmp_path / "turn").touch(0o600)
    (tmp_path / "turn").write_text("shared")
    turn, _ = IceServers(config).for_user("room-1", NOW, NOW + timedelta(hours=12))
    assert turn["username"] == f"{int(NOW.timestamp()) + 43_200}:room-1"


def test_who_signs_the_relays_certificates_is_read(tmp_path: Path) -> None:
    text = config_text("http://127.0.0.1:9", 8080) + ICE + 'relay_only = true\nauthority_file = "authority.pem"\n'
    config = load_config(write_practice(tmp_path, text))
    (tmp_path / "turn").touch(0o600)
    (tmp_path / "turn").write_text("shared")
    for wrong in (None, "no certificate", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"):
        if wrong is not None:
            (tmp_path / "authority.pem").write_text(wrong)
        with pytest.raises(KeyFileUnusable):
            IceServers(config)
    write_certificates(tmp_path, tmp_path / "authority.pem")
    servers = IceServers(config)
    assert servers.relay_only
    assert servers.authority == (tmp_path / "authority.pem").read_text()


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    config = load_config(write_practice(tmp_path, config_text("http://127.0.0.1:9", 8080) + ICE))
    secret = tmp_path / "turn"
    secret.write_text("shared")
    secret.chmod(0o644)
    with pytest.raises(KeyFileUnusable):
        IceServers(config)
