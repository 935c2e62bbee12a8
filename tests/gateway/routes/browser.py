"""Browsers as HTTP sees them: an exam room with its key, and a provider's session."""

from dataclasses import dataclass, field

import httpx2
from joserfc.jwk import ECKey

from gateway.routes.cookies import cookie_name
from tests.gateway.routes.desktop import sign_raw
from tests.gateway.routes.practice import Practice
from wire.people import Role


@dataclass
class RoomBrowser:
    """A browser in an exam room."""

    practice: Practice
    room_id: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.practice.page_client()

    def pair(self, code: str) -> httpx2.Response:
        public = {name: str(value) for name, value in self.key.as_dict(private=False).items()}
        body = {"code": code, "jwk": {name: public[name] for name in ("kty", "crv", "x", "y")}}
        answer = self.client.post("/room/pair", json=body)
        if answer.status_code == 200:
            self.room_id = answer.json()["room_id"]
        return answer

    def nonce(self) -> str:
        return str(self.client.post("/room/challenge").json()["nonce"])

    def open_session(self, nonce: str = "", key: ECKey | None = None) -> httpx2.Response:
        nonce = nonce or self.nonce()
        body = {"room_id": self.room_id, "nonce": nonce, "signature": sign_raw(key or self.key, nonce.encode())}
        return self.client.post("/room/session", json=body)

    def cookie(self) -> str:
        return f"{cookie_name(self.practice.context.config.server, 'room')}={self.secret()}"

    def secret(self) -> str:
        return str(self.client.cookies[cookie_name(self.practice.context.config.server, "room")])


def provider_client(practice: Practice, person_id: str) -> httpx2.Client:
    """A browser with a provider's session, as the sign-in would have opened it."""

    async def open_session() -> str:
        sessions = practice.context.sessions
        async with sessions.database.write(practice.clock()) as tx:
            return await sessions.open(tx, Role.PROVIDER, person_id, practice.clock())

    secret = practice.run(open_session())
    return practice.page_client({cookie_name(practice.context.config.server, Role.PROVIDER.value): secret})


def pair_room(practice: Practice, visit_id: str) -> RoomBrowser:
    """Pair a browser as the visit's room, by the visit's provider, and open its session."""
    facts = practice.context.services.ledger.loaded(visit_id).facts
    with provider_client(practice, facts.provider.person_id) as provider:
        answer = provider.post("/page/pairing-codes", json={"room_id": facts.room.room_id})
    assert answer.status_code == 200, answer.text
    room = RoomBrowser(practice)
    assert room.pair(answer.json()["code"]).status_code == 200
    assert room.open_session().status_code == 204
    return room
