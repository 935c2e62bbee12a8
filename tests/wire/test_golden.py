"""What was said in a released version is still understood: golden messages of each version that we speak."""

import json

import pytest
from pydantic import ValidationError

from tests.wire.models import GOLDEN, all_models, golden
from wire.base import Model
from wire.protocol import SPOKEN

MODELS = all_models()
NAMES = sorted(MODELS)


def test_every_model_of_every_spoken_version_has_one_golden_message() -> None:
    for version in SPOKEN:
        assert sorted(path.stem for path in (GOLDEN / f"v{version}").iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_golden_message_is_parsed_and_said_again_alike(name: str) -> None:
    message = golden(name)
    model = MODELS[name].model_validate_json(json.dumps(message))
    assert json.loads(model.model_dump_json()) == message
    assert set(message) == set(MODELS[name].model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_an_extra_field_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        MODELS[name].model_validate_json(json.dumps(golden(name) | {"unexpected": 1}))


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_field_is_refused_unless_it_has_a_default(name: str) -> None:
    for field, info in MODELS[name].model_fields.items():
        message = json.dumps({key: value for key, value in golden(name).items() if key != field})
        if info.is_required():
            with pytest.raises(ValidationError, match="missing"):
                MODELS[name].model_validate_json(message)
        else:
            MODELS[name].model_validate_json(message)


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_frozen(name: str) -> None:
    model = MODELS[name].model_validate_json(json.dumps(golden(name)))
    field = next(iter(type(model).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(model, field, getattr(model, field))


@pytest.mark.parametrize("name", [name for name in NAMES if "type" in MODELS[name].model_fields])
def test_a_message_of_another_type_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        MODELS[name].model_validate_json(json.dumps(golden(name) | {"type": "something_else"}))


def test_a_type_names_one_message_in_each_union() -> None:
    # three orders share `command`, one per role; a feed's signal is sent and signalled under its own name
    shared: dict[str, list[type[Model]]] = {}
    for model in MODELS.values():
        if "type" in model.model_fields:
            shared.setdefault(model.model_fields["type"].default, []).append(model)
    twice = {name: sorted(m.__name__ for m in models) for name, models in shared.items() if len(models) > 1}
    assert twice == {"command": ["ProviderOrder", "RoomOrder", "ScribeOrder"]}
