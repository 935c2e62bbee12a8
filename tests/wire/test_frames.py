"""A verb that a role lacks does not exist for it: its frames are malformed, whatever the gateway's rules say."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from tests.wire.models import all_models, golden
from wire.live import GatewayFrame, ProviderFrame, RoomFrame, ScribeFrame
from wire.people import Role

FRAMES: dict[Role, TypeAdapter[Any]] = {
    Role.SCRIBE: TypeAdapter(ScribeFrame),
    Role.PROVIDER: TypeAdapter(ProviderFrame),
    Role.ROOM: TypeAdapter(RoomFrame),
}
BOTH = {Role.SCRIBE, Role.PROVIDER}
COMMANDS: dict[str, set[Role]] = {
    "send_chat": BOTH,
    "mark_chat_seen": BOTH,
    "ask_question": {Role.SCRIBE},
    "withdraw_question": {Role.SCRIBE},
    "mark_wrong_patient": BOTH,
    "retract_visit": BOTH,
    "move_content": BOTH,
    "pend_order": {Role.SCRIBE},
    "withdraw_order": {Role.SCRIBE},
    "choose_template": {Role.SCRIBE},
    "mark_ready": {Role.SCRIBE},
    "send_note": {Role.SCRIBE},
    "recall_note": {Role.SCRIBE},
    "report_listening": {Role.SCRIBE},
    "report_gap": {Role.SCRIBE},
    "report_talk": {Role.SCRIBE},
    "report_replay": {Role.SCRIBE},
    "answer_question": {Role.PROVIDER},
    "edit_text": {Role.PROVIDER},
    "sign_order": {Role.PROVIDER},
    "decline_order": {Role.PROVIDER},
    "open_note": {Role.PROVIDER},
    "return_note": {Role.PROVIDER},
    "sign_note": {Role.PROVIDER},
    "tell_provider": {Role.SCRIBE},
    "answer_urgent": {Role.PROVIDER},
    "confirm_urgent": {Role.PROVIDER},
    "leave_out_question": {Role.PROVIDER},
    "unfreeze_visit": {Role.PROVIDER},
    "send_letter": {Role.SCRIBE},
    "withdraw_letter": {Role.SCRIBE},
    "sign_letter": {Role.PROVIDER},
    "return_letter": {Role.PROVIDER},
    "add_addendum": {Role.PROVIDER},
    "leave_out_late": {Role.PROVIDER},
    "mark_moment": {Role.PROVIDER},
    "record_consent": {Role.ROOM},
    "start_capture": {Role.ROOM},
    "stop_capture": {Role.ROOM},
    "set_curtain": {Role.ROOM},
    "set_modality": {Role.ROOM},
}
CLIENT_FRAMES: dict[str, set[Role]] = {
    "hello": set(Role),
    "follow_visit": set(Role),
    "unfollow_visit": set(Role),
    "document_update": {Role.SCRIBE},
    "send_signal": {Role.SCRIBE, Role.ROOM},
}
GATEWAY_FRAMES = (
    "welcome",
    "visits",
    "record_entries",
    "document_state",
    "document_updated",
    "update_saved",
    "update_refused",
    "note_text",
    "command_accepted",
    "command_refused",
    "signalled",
    "refused",
)


def accepts(role: Role, frame: object) -> bool:
    try:
        FRAMES[role].validate_json(json.dumps(frame))
    except ValidationError:
        return False
    return True


def order(command: dict[str, Any]) -> dict[str, Any]:
    return {"type": "command", "command_id": "c1", "visit_id": "v1", "command": command}


def test_every_command_is_in_the_table() -> None:
    commands = {name for name, model in all_models().items() if model.__module__ == "wire.commands"}
    assert commands == set(COMMANDS)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_role_has_its_own_commands_and_no_others(command: str, role: Role) -> None:
    assert accepts(role, order(golden(command))) is (role in COMMANDS[command])


def test_a_scribe_cannot_say_sign() -> None:
    assert accepts(Role.PROVIDER, order(golden("sign_note")))
    for verb in ("sign_note", "sign_order", "add_addendum", "leave_out_late", "open_note", "return_note"):
        assert not accepts(Role.SCRIBE, order(golden(verb)))
        assert not accepts(Role.SCRIBE, golden(verb))  # nor as a frame of its own
        assert not accepts(Role.SCRIBE, order({"type": "mark_ready"}) | {"command": golden(verb)})


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("frame", CLIENT_FRAMES)
def test_a_role_has_its_own_frames_and_no_others(frame: str, role: Role) -> None:
    assert accepts(role, golden(frame)) is (role in CLIENT_FRAMES[frame])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("frame", GATEWAY_FRAMES)
def test_only_the_gateway_says_what_the_gateway_says(frame: str, role: Role) -> None:
    TypeAdapter(GatewayFrame).validate_json(json.dumps(golden(frame)))
    assert not accepts(role, golden(frame))


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    "frame",
    [
        None,
        [],
        "hello",
        {},
        {"type": "command"},
        {"type": "nothing_we_know"},
        {"type": ["hello"]},
        {"type": "hello", "protocols": [], "app": "x"},
        {"type": "hello", "protocols": list(range(9)), "app": "x"},
        {"type": "hello", "protocols": ["one"], "app": "x"},
        {"type": "follow_visit", "visit_id": "v 1"},
        {"type": "follow_visit", "visit_id": "v1\n"},
        {"type": "follow_visit", "visit_id": "v1", "record_after": -1},
        {"type": "follow_visit", "visit_id": "v1", "record_after": 2**63},
        {"type": "follow_visit", "visit_id": "v1", "state_vector": "not base64!"},
        {"type": "follow_visit", "visit_id": "v1", "other": 1},
    ],
)
def test_what_is_no_frame_is_refused(frame: object, role: Role) -> None:
    assert not accepts(role, frame)
