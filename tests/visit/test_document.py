import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.visit.histories import HISTORIES, History, Step
from visit.document import TextChange, VisitDocument, merge
from visit.guard import CheckedUpdate, check_update
from visit.indexes import NotABoundary, utf16_length
from visit.sections import SECTIONS


def give(update: bytes, to: VisitDocument, author: str = "other") -> None:
    checked = check_update(update, to.clocks(), None)
    assert isinstance(checked, CheckedUpdate)
    to.apply(checked, author)


def sync(one: VisitDocument, other: VisitDocument) -> None:
    give(one.update_since(other.state_vector()), other)
    give(other.update_since(one.state_vector()), one)


def replay(text: str, change: TextChange) -> str:
    """A change on a plain string in UTF-16, as an editor applies it."""
    data = text.encode("utf-16-le")
    tail = data[2 * (change.start + change.removed) :]
    return (data[: 2 * change.start] + change.inserted.encode("utf-16-le") + tail).decode("utf-16-le")


def test_a_new_document_has_every_section_empty() -> None:
    document = VisitDocument()
    assert document.texts() == {section.key: "" for section in SECTIONS}
    assert list(document.texts()) == [section.key for section in SECTIONS]
    assert document.draft_orders() == {}
    assert dict(document.clocks()) == {}


def test_client_ids_are_fresh() -> None:
    assert len({VisitDocument().client_id for _ in range(50)}) == 50


def test_positions_count_utf16_units() -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "a😀µb")
    document.replace("hpi", 3, 4, "é")
    document.replace("hpi", 1, 3, "")
    assert document.text("hpi") == "aéb"
    document.replace("hpi", 3, 3, "e\u0301👩‍⚕️")
    document.replace("hpi", 4, 4, "!")
    assert document.text("hpi") == "aébe!\u0301👩‍⚕️"


@pytest.mark.parametrize(("start", "end"), [(2, 2), (1, 2), (2, 3), (-1, 0), (0, 9), (9, 9)])
def test_a_position_inside_a_character_or_outside_the_text_is_refused(start: int, end: int) -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "a😀b")
    with pytest.raises(NotABoundary):
        document.replace("hpi", start, end, "x")
    assert document.text("hpi") == "a😀b"


@pytest.mark.parametrize("half", ["\ud83d", "x\ude00"])
def test_half_a_pair_is_refused_before_anything_is_deleted(half: str) -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "kept")
    with pytest.raises(ValueError, match="surrogates"):
        document.replace("hpi", 0, 4, half)
    assert document.text("hpi") == "kept"


def test_a_backward_range_and_an_unknown_section_are_bugs_of_the_caller() -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "ab")
    with pytest.raises(ValueError, match="end before start"):
        document.replace("hpi", 2, 1, "")
    with pytest.raises(KeyError):
        document.replace("plan", 0, 0, "x")


def test_a_local_change_gives_one_update_and_a_foreign_one_none() -> None:
    one, other = VisitDocument(), VisitDocument()
    made: list[bytes] = []
    heard: list[bytes] = []
    one.on_update, other.on_update = made.append, heard.append
    one.replace("hpi", 0, 0, "left knee")
    one.replace("hpi", 0, 4, "right")
    one.set_draft_order("order-1", "{}")
    assert len(made) == 3
    for update in made:
        give(update, other, "")
    assert heard == []
    assert other.texts() == one.texts()
    one.replace("hpi", 3, 3, "")  # changes nothing
    one.set_draft_order("order-2", None)
    assert len(made) == 3


def test_merged_updates_are_worth_the_single_ones() -> None:
    one, other = VisitDocument(), VisitDocument()
    made: list[bytes] = []
    one.on_update = made.append
    for number, char in enumerate("knee 😀 pain"):
        one.replace("hpi", utf16_length("knee 😀 pain"[:number]), utf16_length("knee 😀 pain"[:number]), char)
    one.replace("hpi", 0, 4, "hip")
    merged = merge(made)
    assert len(merged) < sum(map(len, made))
    give(merged, other)
    assert other.text("hpi") == one.text("hpi") == "hip 😀 pain"


def test_two_replicas_that_type_at_once_converge() -> None:
    one, other = VisitDocument(), VisitDocument()
    one.replace("hpi", 0, 0, "knee pain")
    sync(one, other)
    one.replace("hpi", 0, 4, "hip 😀")
    other.replace("hpi", 9, 9, " for 3 days")
    sync(one, other)
    assert one.text("hpi") == other.text("hpi") == "hip 😀 pain for 3 days"


def test_an_update_may_come_twice() -> None:
    one, other = VisitDocument(), VisitDocument()
    one.replace("hpi", 0, 0, "once")
    for _ in range(2):
        give(one.update_since(), other)
    assert other.text("hpi") == "once"
    assert other.author_runs("hpi") == [(4, "other")]


def test_a_delete_only_update_takes_words_away_and_names_no_client() -> None:
    one, other = VisitDocument(), VisitDocument()
    one.replace("hpi", 0, 0, "wrong 😀 words")
    sync(one, other)
    made: list[bytes] = []
    other.on_update = made.append
    other.replace("hpi", 0, 9, "")
    (update,) = made
    checked = check_update(update, one.clocks(), set())
    assert isinstance(checked, CheckedUpdate)
    assert checked.client_ids == frozenset()
    one.apply(checked, "other")
    assert one.text("hpi") == other.text("hpi") == "words"


def test_deleted_words_stay_only_in_a_document_that_keeps_them() -> None:
    for keep_deleted in (False, True):
        document = VisitDocument(keep_deleted=keep_deleted)
        document.replace("hpi", 0, 0, "secret")
        document.replace("hpi", 0, 6, "")
        assert (b"secret" in document.update_since()) is keep_deleted


def test_a_draft_order_is_replaced_whole() -> None:
    one, other = VisitDocument(), VisitDocument()
    one.set_draft_order("order-1", '{"drug":"metoprolol tartrate","dose":25,"times":2}')
    sync(one, other)
    succinate = '{"drug":"metoprolol succinate","dose":100,"times":1}'
    doubled = '{"drug":"metoprolol tartrate","dose":50,"times":2}'
    one.set_draft_order("order-1", succinate)
    other.set_draft_order("order-1", doubled)
    sync(one, other)
    assert one.draft_orders() == other.draft_orders()
    assert one.draft_orders()["order-1"] in (succinate, doubled)  # one of them, never a mixture
    one.set_draft_order("order-1", None)
    sync(one, other)
    assert one.draft_orders() == other.draft_orders() == {}


@pytest.mark.parametrize(("order_id", "value"), [("", "{}"), ("x" * 201, "{}"), ("order-1", "x" * (512 * 1024 + 1))])
def test_a_draft_that_no_guard_would_take_is_refused_here(order_id: str, value: str) -> None:
    document = VisitDocument()
    with pytest.raises(ValueError, match="order"):
        document.set_draft_order(order_id, value)
    assert document.draft_orders() == {}


def test_the_layout_is_kept_by_key_and_told() -> None:
    one, other = VisitDocument(), VisitDocument()
    told: list[int] = []
    other.on_layout = lambda: told.append(1)
    one.set_layout("template", "knee/3")
    one.set_layout("order", "apso")
    sync(one, other)
    assert one.layout() == other.layout() == {"template": "knee/3", "order": "apso"}
    other.set_layout("order", None)
    other.set_layout("nowhere", None)
    one.set_layout("template", "knee/4")
    sync(one, other)
    assert one.layout() == other.layout() == {"template": "knee/4"}
    assert len(told) == 3
    one.keep_history()
    one.set_layout("order", "soap")
    assert not one.undo()


@pytest.mark.parametrize(
    ("key", "value"), [("", "x"), ("k" * 201, "x"), ("µ" * 101, "x"), ("k", "x" * (512 * 1024 + 1))]
)
def test_a_layout_that_no_guard_would_take_is_refused_here(key: str, value: str) -> None:
    document = VisitDocument()
    with pytest.raises(ValueError, match="layout"):
        document.set_layout(key, value)
    assert document.layout() == {}


def test_a_change_says_whether_it_is_local() -> None:
    one, other = VisitDocument(), VisitDocument()
    seen: list[TextChange] = []
    one.on_text = seen.append
    one.replace("hpi", 0, 0, "a😀")
    sync(one, other)
    other.replace("hpi", 1, 3, "")
    sync(one, other)
    assert seen == [TextChange("hpi", 0, 0, "a😀", True), TextChange("hpi", 1, 2, "", False)]


def test_an_error_of_a_listener_is_not_lost() -> None:
    document = VisitDocument()

    def fail(change: TextChange) -> None:
        raise RuntimeError("listener")

    document.on_text = fail
    with pytest.raises(ExceptionGroup):
        document.replace("hpi", 0, 0, "x")


@given(steps=HISTORIES)
@settings(deadline=None, max_examples=80)
def test_changes_replayed_on_a_plain_string_give_the_text(steps: list[Step]) -> None:
    history = History()
    mirrors: list[dict[str, str]] = []
    for replica in history.replicas:
        mirror: dict[str, str] = {}
        mirrors.append(mirror)

        def follow(change: TextChange, mirror: dict[str, str] = mirror) -> None:
            mirror[change.section] = replay(mirror.get(change.section, ""), change)

        replica.document.on_text = follow
    history.run(steps)
    for replica, mirror in zip(history.replicas, mirrors, strict=True):
        for section, text in replica.document.texts().items():
            assert mirror.get(section, "") == text
            assert str(replica.document._texts[section]) == text
            assert sum(length for length, _ in replica.document.author_runs(section)) == utf16_length(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.data())
def test_any_range_may_be_replaced(text: str, data: st.DataObject) -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, text)
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    document.replace("hpi", utf16_length(text[:first]), utf16_length(text[:last]), "µ😀")
    assert document.text("hpi") == text[:first] + "µ😀" + text[last:]
