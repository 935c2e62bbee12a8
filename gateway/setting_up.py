"""What the practice's IT does before the first visit: a configuration with keys, people and rooms."""

import os
from collections.abc import Sequence
from pathlib import Path

from gateway.clock import utc_now
from gateway.envelope import Envelope, create_key_file
from gateway.identity.keys import create_signing_key_file
from gateway.layers import import_layer
from gateway.store.database import Database
from gateway.store.layer_rows import load_layers
from gateway.store.people_rows import ListedDevice, NewPerson, list_devices, put_person, revoke_device
from gateway.store.room_rows import put_room
from visit.provider_layer import ProviderLayer, layer_json
from wire.refusals import Refusal

_PRIVATE_MODE = 0o600
_TEMPLATE = """\
# Alcove's gateway. Files are relative to this one. `alcove-gateway policy check` reads it for you.

[practice]
name = "Example Family Practice"
zone = "America/New_York"
# phone = "+1 555 0100"                  # stands under the letters that providers sign

[server]
host = "127.0.0.1"
port = 8080
# How browsers and desktops reach it: https, or http on loopback alone.
public_url = "http://127.0.0.1:8080"
signing_key_file = "signing-key.pem"
# Beyond loopback give a certificate, or say that a proxy in front ends TLS:
# tls_certificate_file = "gateway.crt"
# tls_key_file = "gateway.key"
# behind_tls_proxy = true

[store]
url = "sqlite+aiosqlite:///gateway.db"   # or postgresql+asyncpg://...
key_file = "store.key"                   # without it nothing in the database can be read: keep a copy apart

[identity]
issuer = "https://id.example.org"
desktop_client_id = "alcove-desktop"     # public client, PKCE, redirect http://127.0.0.1/callback on any port
page_client_id = "alcove-page"           # confidential client, redirect <public_url>/page/callback
page_secret_file = "page-secret"
# One of these must be in the ID token; leave empty to accept any.
required_acr = []
required_amr = []
max_auth_age_seconds = 43200

[ehr]
base_url = "https://ehr.example.org/fhir"
auth = "none"                            # or "bearer" with token_file
sync_seconds = 60

# The policy is read anew when this file changes, and on SIGHUP.
[policy]
version = "1"
step_up_seconds = 600
grant_seconds = 300
mid_visit_grace_seconds = 30
replay_seconds = 60                      # what a scribe may hear again, in memory alone; 0: nothing, 600 at most

# require | warn | advisory | off
[policy.requirements]
disk_encryption = "require"
firewall = "require"
updates = "require"
screen_lock = "require"
clock = "require"

[policy.limits]
screen_lock_max_seconds = 600
updates_max_days = 30
clock_max_seconds = 60

[ice]
# servers = [{ urls = "turns:turn.example.org:443?transport=tcp", secret_file = "turn-secret" }]
# relay_only = true
# authority_file = "turn-authority.pem"
"""


class AlreadyThere(Exception):
    """A file that would be made exists: tell the operator; the message is its path."""


def set_up(folder: Path) -> list[Path]:
    """Write configuration and keys into a folder, never over anything; the files, configuration first."""
    folder.mkdir(parents=True, exist_ok=True)
    config, store_key, signing_key, page_secret = (
        folder / name for name in ("gateway.toml", "store.key", "signing-key.pem", "page-secret")
    )
    made = [config, store_key, signing_key, page_secret]
    for path in made:
        if path.exists():
            raise AlreadyThere(str(path))
    _write_private(config, _TEMPLATE)
    create_key_file(store_key)
    create_signing_key_file(signing_key)
    _write_private(page_secret, "")
    return made


async def add_person(database: Database, new: NewPerson) -> str:
    """Add or renew a person; the person's id."""
    async with database.write(utc_now()) as tx:
        person_id = await put_person(tx, new)
        await tx.audit("operator", "person_put", {"person_id": person_id}, {"role": new.role.value})
    return person_id


async def add_people(database: Database, people: Sequence[NewPerson]) -> int:
    """Add or renew all of them, or nobody; how many there are."""
    async with database.write(utc_now()) as tx:
        for new in people:
            person_id = await put_person(tx, new)
            await tx.audit("operator", "person_put", {"person_id": person_id}, {"role": new.role.value})
    return len(people)


async def put_layer_from(
    database: Database, envelope: Envelope, provider_id: str, untrusted_json: bytes
) -> ProviderLayer | Refusal:
    """Give a provider the layer of a file; KeyError when there is no such provider."""
    async with database.write(utc_now()) as tx:
        return await import_layer(tx, envelope, provider_id, untrusted_json)


async def layers_of(database: Database, envelope: Envelope, provider_id: str) -> list[str]:
    """A provider's layers as JSON."""
    async with database.read() as connection:
        return [layer_json(layer) for layer in await load_layers(connection, envelope, provider_id)]


async def add_room(database: Database, name: str, ehr_location: str | None) -> str:
    """Add or rename a room; its id."""
    async with database.write(utc_now()) as tx:
        room_id = await put_room(tx, name, ehr_location)
        await tx.audit("operator", "room_put", {"room_id": room_id})
    return room_id


async def devices(database: Database) -> list[ListedDevice]:
    """Every device that was enrolled."""
    async with database.read() as connection:
        return await list_devices(connection)


async def revoke(database: Database, device_id: str) -> bool:
    """Let a device in no more; False when there is none to revoke."""
    async with database.write(utc_now()) as tx:
        done = await revoke_device(tx, device_id)
        if done:
            await tx.audit("operator", "device_revoked", {"device_id": device_id})
    return done


def _write_private(path: Path, content: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
