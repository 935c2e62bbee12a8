"""What is around every call: bounds, strict headers, foreign hosts, and the boundary for bugs."""

import json
import socket
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.gateway.routes.desktop import Desktop
from tests.gateway.routes.practice import Practice


def test_every_answer_has_strict_headers(practice: Practice) -> None:
    with practice.client() as client:
        for path in ("/room/", "/.well-known/alcove", "/static/shared/base.css", "/nothing"):
            headers = client.get(path).headers
            policy = headers["content-security-policy"].split("; ")
            assert "default-src 'none'" in policy
            assert "script-src 'self'" in policy
            assert f"connect-src 'self' {practice.address.replace('http', 'ws')}" in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-content-type-options"] == "nosniff"
            assert "camera=(self)" in headers["permissions-policy"]
            assert headers["cache-control"] == ("no-cache" if path.startswith("/static/") else "no-store")
            assert "server" not in headers


def test_modules_are_served_as_scripts_and_nothing_beside_them(practice: Practice) -> None:
    with practice.client() as client:
        assert client.get("/static/room/main.js").headers["content-type"].startswith("text/javascript")
        for path in ("/static/../room.html", "/static/%2e%2e/%2e%2e/config.py", "/static/", "/static/room/"):
            assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/room/pair", "/v1/devices/enroll", "/v1/sign-in"])
def test_a_body_that_is_too_large_is_refused(practice: Practice, path: str) -> None:
    with practice.page_client() as client:
        answer = client.post(path, content=b"x" * (64 * 1024 + 1))
        assert (answer.status_code, answer.json()["refusal"]["code"]) == (413, "too_large")
        chunked = client.post(path, content=(b"x" * 1024 for _ in range(65)))
        assert chunked.status_code == 413


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"code": 1}', b"\xff\xfe", b"[" * 20_000, b'{"a":' * 5_000])
def test_a_body_that_is_none_is_malformed(practice: Practice, body: bytes) -> None:
    with practice.page_client() as client:
        answer = client.post("/room/pair", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["refusal"]["code"]) == (400, "malformed")
        form = client.post("/room/pair", content=b'{"code":"a"}', headers={"Content-Type": "text/plain"})
        assert form.json()["refusal"]["params"]["field"] == "content-type"


def test_a_refusal_never_repeats_what_was_sent(practice: Practice) -> None:
    with practice.page_client() as client:
        answer = client.post("/room/pair", json={"code": {"Okafor": "Adaeze"}, "Adaeze": "Okafor"})
    assert answer.status_code == 400
    assert "Okafor" not in answer.text


def test_a_foreign_host_is_refused(practice: Practice) -> None:
    with practice.client() as client:
        assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400
        assert client.get("/healthz").json() == {"ok": True}


def test_a_bug_ends_one_call_with_an_id(desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_principal: object) -> None:
        raise RuntimeError("the patient's name")

    monkeypatch.setattr(type(desktop.practice.context.services.visits), "listed_for", broken)
    with capture_logs() as logs:
        answer = desktop.get("/v1/visits")
    assert answer.status_code == 500
    assert "patient" not in answer.text
    (line,) = [each for each in logs if each["event"] == "call_failed"]
    assert answer.json() == {"error": {"id": line["error_id"]}}
    assert line["error"] == "TypeError"
    assert "patient" not in json.dumps(line)
    monkeypatch.undo()
    assert desktop.get("/v1/visits").status_code == 200


def test_garbage_on_the_wire_hurts_nobody(practice: Practice) -> None:
    address = urlsplit(practice.address)
    for garbage in (
        b"\x16\x03\x01\x02\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/sign-in HTTP/1.1\r\n" + b"A" * 100_000,
    ):
        with socket.create_connection((str(address.hostname), address.port or 0), 5) as raw:
            raw.sendall(garbage)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    with practice.client() as client:
        assert client.get("/healthz").status_code == 200
