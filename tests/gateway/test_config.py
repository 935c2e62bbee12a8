"""The configuration file: what it takes, and what it says of each mistake."""

from pathlib import Path

import pytest

from gateway.config import Config, ConfigInvalid, load_config
from gateway.setting_up import AlreadyThere, set_up
from tests.gateway.routes.practice import config_text
from wire.posture import CheckId, Requirement

TEXT = config_text("http://127.0.0.1:9", 8080)


def load(folder: Path, text: str) -> Config:
    path = folder / "gateway.toml"
    path.write_text(text)
    return load_config(path)


def test_what_init_writes_can_be_used_at_once(tmp_path: Path) -> None:
    made = set_up(tmp_path / "new")
    config = load_config(made[0])
    assert all(config.policy.admission().requirement(check) is Requirement.REQUIRE for check in CheckId)
    assert config.database_url == f"sqlite+aiosqlite:///{tmp_path / 'new' / 'gateway.db'}"
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600}


def test_init_never_writes_over_anything(tmp_path: Path) -> None:
    made = set_up(tmp_path)
    made[0].unlink()
    before = made[1].read_bytes()
    with pytest.raises(AlreadyThere):
        set_up(tmp_path)
    assert made[1].read_bytes() == before
    assert not made[0].exists()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("[practice]", "[practice]\ncolour = 'red'", "practice.colour"),
        ("[store]", "[shop]\n[store]", "shop"),
        ("port = 8080", "port = 'web'", "server.port"),
        ("port = 8080", "port = 70000", "server.port"),
        ("America/New_York", "America/Nowhere", "practice.zone"),
        ('firewall = "require"', 'firewall = "maybe"', "policy.requirements.firewall"),
        ('firewall = "require"', 'fire_wall = "require"', "policy.requirements"),
        ("step_up_seconds = 600", "step_up_seconds = -1", "policy.step_up_seconds"),
        ('version = "7"', "", "policy.version"),
        ("sqlite+aiosqlite:///gateway.db", "mysql://db", "store.url"),
        ('public_url = "http://127.0.0.1:8080"', 'public_url = "http://gateway.example"', "server.public_url"),
        ('public_url = "http://127.0.0.1:8080"', 'public_url = "https://gateway.example/alcove"', "server"),
        ("[server]", '[server]\nhost = "0.0.0.0"', "server"),
        ("[server]", '[server]\ntls_certificate_file = "a.crt"', "server"),
        ('issuer = "http://127.0.0.1:9"', 'issuer = "http://id.example"', "identity.issuer"),
        ('base_url = "http://127.0.0.1:9"', 'base_url = "http://ehr.example"', "ehr.base_url"),
        ("sync_seconds = 3600", 'sync_seconds = 3600\nauth = "bearer"', "ehr"),
        ("[store]", '[ice]\nservers = [{ urls = "http://turn.example" }]\n[store]', "ice.servers.0.urls"),
        ("[store]", '[ice]\nservers = [{ urls = "turn:turn.example" }]\n[store]', "ice.servers.0"),
        ("[store]", '[ice]\nservers = [{ urls = "stun:a.example", secret_file = "s" }]\n[store]', "ice.servers.0"),
        ("[store]", '[ice]\nservers = [{ urls = "stun:a.example" }]\nrelay_only = true\n[store]', "ice"),
    ],
)
def test_a_mistake_is_named_by_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigInvalid, match=rf"gateway\.toml: {key}[:.]"):
        load(tmp_path, TEXT.replace(old, new, 1))


def test_values_stay_out_of_the_message(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid) as problem:
        load(tmp_path, TEXT.replace("port = 8080", "port = 'hunter2'"))
    assert "hunter2" not in str(problem.value)


def test_beyond_loopback_only_with_tls(tmp_path: Path) -> None:
    public = TEXT.replace('public_url = "http://127.0.0.1:8080"', 'public_url = "https://gateway.example"')
    behind = public.replace("[server]", '[server]\nhost = "0.0.0.0"\nbehind_tls_proxy = true')
    config = load(tmp_path, behind)
    assert config.server.is_secure
    assert config.server.public_port == 443


@pytest.mark.parametrize("text", ["", "[practice", "\x00", "a = 1"])
def test_what_is_no_configuration_is_said_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigInvalid):
        load(tmp_path, text)


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        load_config(tmp_path / "nothing.toml")
