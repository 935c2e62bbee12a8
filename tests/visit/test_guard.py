from collections.abc import Mapping

import pytest

from tests.visit import encoder as e
from visit.document import VisitDocument
from visit.guard import CheckedUpdate, GuardProblem, check_update, read_state_vector
from wire.base import MAX_FRAME_BYTES, MAX_UPDATE_BYTES

# client 5 wrote "a😀b" (clocks 0 to 3) and a draft order (clock 4)
BASE = e.update({5: (0, [e.text("a😀b"), e.values(e.json_string("{}"))])})
KNOWN = {5: 5}


def base_document() -> VisitDocument:
    document = VisitDocument()
    checked = check_update(BASE, document.clocks(), {5})
    assert isinstance(checked, CheckedUpdate)
    document.apply(checked, "person")
    return document


def one(struct: bytes) -> bytes:
    return e.update({7: (0, [struct])})


MAPS = [e.DRAFTS, e.MARKS, e.LAYOUT, e.RESTORED]


@pytest.mark.parametrize("root", MAPS)
def test_strings_under_keys_pass_in_every_map_and_nothing_else_does(root: str) -> None:
    def problem(update: bytes) -> CheckedUpdate | GuardProblem:
        found = check_update(update, base_document().clocks(), {7})
        assert check_update(update, KNOWN, {7}) == found
        return found

    longest = e.values(e.json_string("x" * (MAX_UPDATE_BYTES - 300)), parent=root, key="k" * 200)
    assert isinstance(problem(one(e.values(e.json_string("{}"), parent=root))), CheckedUpdate)
    assert isinstance(problem(one(longest)), CheckedUpdate)
    assert isinstance(problem(one(e.item(1, e.uint(1), parent=root, key="k"))), CheckedUpdate)  # a removed entry
    assert problem(one(e.values(e.json_string("x" * MAX_UPDATE_BYTES), parent=root))) is GuardProblem.TOO_LARGE
    assert problem(one(e.values(e.json_string("x"), parent=root, key="k" * 201))) is GuardProblem.MALFORMED
    for content in (b"\x75\x00", b"\x76\x00", b"\x75\x01" * 20_000):
        assert problem(one(e.values(content, parent=root))) is GuardProblem.TOO_DEEP
    for refused in (
        e.text("x", parent=root),
        e.item(4, e.string("x"), parent=root, key="k"),
        e.values(e.json_string("x"), parent=root, key=None),
        e.values(e.json_string("x"), parent=root, key=""),
        e.values(b"\x7d\x05", parent=root),
        e.values(b"\x7e", parent=root),
        e.item(7, b"\x01", parent=root, key="k"),  # a nested map
    ):
        assert problem(one(refused)) is GuardProblem.WRONG_CONTENT


@pytest.mark.parametrize("root", MAPS)
def test_no_struct_lies_between_two_maps_keys_or_texts(root: str) -> None:
    first = e.update({7: (0, [e.values(e.json_string("{}"), parent=root, key="a"), e.text("x")])})
    document = base_document()
    checked = check_update(first, document.clocks(), {7})
    assert isinstance(checked, CheckedUpdate)
    document.apply(checked, "person")
    for struct, problem in (
        (e.item(8, e.uint(1) + e.json_string("x"), origin=(7, 0), right=(5, 4)), GuardProblem.MALFORMED),
        (e.item(8, e.uint(1) + e.json_string("x"), origin=(7, 0), right=(7, 1)), GuardProblem.MALFORMED),
        (e.text("x", origin=(7, 0)), GuardProblem.WRONG_CONTENT),
        (e.values(e.json_string("x"), origin=(7, 1)), GuardProblem.WRONG_CONTENT),
    ):
        assert check_update(e.update({8: (0, [struct])}), document.clocks(), {8}) is problem
    again = e.update({8: (0, [e.values(e.json_string("new"), origin=(7, 0))])})
    assert isinstance(check_update(again, document.clocks(), {8}), CheckedUpdate)


@pytest.mark.parametrize(
    ("update", "problem"),
    [
        (one(e.text("x", parent="section:unknown")), GuardProblem.UNKNOWN_ROOT),
        (one(e.text("x", parent="")), GuardProblem.UNKNOWN_ROOT),
        (one(e.text("x", parent=(5, 0))), GuardProblem.WRONG_CONTENT),
        (one(e.text("x", parent=e.DRAFTS)), GuardProblem.WRONG_CONTENT),
        (one(e.item(4, e.string("x"), parent=e.DRAFTS, key="k")), GuardProblem.WRONG_CONTENT),
        (one(e.item(4, e.string("x"), key="k")), GuardProblem.WRONG_CONTENT),
        (one(e.values(e.json_string("x"), parent=e.HPI)), GuardProblem.WRONG_CONTENT),
        (one(e.values(e.json_string("x"), key=None)), GuardProblem.WRONG_CONTENT),
        (one(e.values(e.json_string("x"), key="")), GuardProblem.WRONG_CONTENT),
        (one(e.values(b"\x7e")), GuardProblem.WRONG_CONTENT),  # null
        (one(e.values(b"\x78")), GuardProblem.WRONG_CONTENT),  # true
        (one(e.values(b"\x7d\x05")), GuardProblem.WRONG_CONTENT),  # an integer
        (one(e.values(b"\x74\x01x")), GuardProblem.WRONG_CONTENT),  # binary
        (one(e.values(b"\x75\x00")), GuardProblem.TOO_DEEP),  # an empty array
        (one(e.values(b"\x76\x00")), GuardProblem.TOO_DEEP),  # an empty map
        (one(e.values(e.json_string("x"), b"\x75\x01\x75\x00")), GuardProblem.TOO_DEEP),
        (e.nesting_bomb(30_000), GuardProblem.TOO_DEEP),
        (e.nesting_bomb(60_000), GuardProblem.TOO_DEEP),
    ],
)
def test_other_roots_and_content_are_refused(update: bytes, problem: GuardProblem) -> None:
    assert check_update(update, KNOWN, None) is problem
    assert check_update(update, base_document().clocks(), None) is problem


@pytest.mark.parametrize("kind", [0, 2, 3, 5, 6, 7, 9, 10, 11, 12, 31])
@pytest.mark.parametrize("flags", [0, 0x20, 0x40, 0x80])
def test_every_other_kind_of_struct_is_refused(kind: int, flags: int) -> None:
    # GC, JSON, binary, embed, format, type, sub-document, skip, move: pycrdt writes none for our documents
    struct = bytes([kind | flags]) + e.uint(5) + e.uint(0) + e.string("x") + e.string("y")
    assert check_update(one(struct), KNOWN, None) is GuardProblem.WRONG_CONTENT


@pytest.mark.parametrize(
    "update",
    [
        e.update({7: (3, [e.text("x")])}),  # starts behind the client's last clock
        e.update({5: (6, [e.text("x", origin=(5, 4))])}),
        one(e.text("x", origin=(5, 5))),  # neighbours that do not exist
        one(e.text("x", right=(5, 5))),
        one(e.text("x", origin=(9, 0))),
        one(e.text("x", origin=(7, 0))),  # itself
        e.update({7: (0, [e.text("x", origin=(7, 1)), e.text("y")])}),  # its own successor
        e.update({7: (0, [e.text("x", origin=(8, 0))]), 8: (0, [e.text("y", origin=(7, 0))])}),  # each other
        e.update({}, {5: [(4, 2)]}),  # deletes what does not exist
        e.update({}, {9: [(0, 1)]}),
        e.update({7: (0, [e.text("xy")])}, {7: [(0, 3)]}),
    ],
)
def test_gaps_are_refused(update: bytes) -> None:
    assert check_update(update, KNOWN, None) is GuardProblem.GAP
    assert check_update(update, base_document().clocks(), None) is GuardProblem.GAP


@pytest.mark.parametrize(
    "update",
    [
        b"",
        b"\x00",
        BASE + b"\x00",  # something is left
        BASE[:-1],
        e.uint(2**40),  # counts that nothing follows
        e.uint(1) + e.uint(2**40) + e.uint(5) + e.uint(0),
        b"\x00" + e.uint(2**40),
        b"\x80\x00\x00",  # zero in two bytes
        b"\xff" * 12 + b"\x00",
        e.update({0: (0, [e.text("x")])}),  # client ids: pycrdt would take them modulo 2^53
        e.update({2**53: (0, [e.text("x")])}),
        e.update({7: (0, [])}),
        e.update({7: (2**31 - 1, [e.text("x")])}),
        one(e.deleted(2**31)),
        one(e.deleted(0)),
        one(e.text("")),
        one(e.values()),
        one(e.text(b"\xff")),
        one(e.text(b"\xed\xa0\x80")),  # half a surrogate pair
        one(e.values(e.json_string("x"), key="k" * 201)),
        e.uint(2) + (e.uint(1) + e.uint(7) + e.uint(0) + e.text("x")) * 2 + b"\x00",  # a client twice
        b"\x00" + e.uint(2) + (e.uint(5) + e.uint(1) + e.uint(0) + e.uint(1)) * 2,
        e.update({}, {5: [(0, 0)]}),
        e.update({}, {5: [(2**31 - 1, 1)]}),
    ],
)
def test_what_no_encoder_writes_is_refused(update: bytes) -> None:
    assert check_update(update, KNOWN, None) is GuardProblem.MALFORMED


@pytest.mark.parametrize(
    ("update", "problem"),
    [
        (one(e.text("x", origin=(5, 1), right=(5, 2))), GuardProblem.MALFORMED),  # into the middle of 😀
        (one(e.text("x", origin=(5, 1))), GuardProblem.MALFORMED),
        (one(e.text("x", right=(5, 2))), GuardProblem.MALFORMED),
        (e.update({}, {5: [(1, 1)]}), GuardProblem.MALFORMED),  # half of it away
        (e.update({}, {5: [(2, 1)]}), GuardProblem.MALFORMED),
        (one(e.text("x", origin=(5, 3), right=(5, 4))), GuardProblem.MALFORMED),  # between text and draft orders
        (one(e.text("x", origin=(5, 4))), GuardProblem.WRONG_CONTENT),  # text among the draft orders
        (one(e.values(e.json_string("x"), origin=(5, 0))), GuardProblem.WRONG_CONTENT),  # a value in the text
        (e.update({5: (4, [e.text("xy", origin=(5, 3))])}), GuardProblem.MALFORMED),  # half known, placed elsewhere
    ],
)
def test_with_the_documents_shape_no_update_tears_it(update: bytes, problem: GuardProblem) -> None:
    assert check_update(update, base_document().clocks(), None) is problem


def test_a_half_known_struct_is_not_cut_inside_a_character() -> None:
    assert check_update(BASE, {5: 2}, None) is GuardProblem.MALFORMED
    assert isinstance(check_update(BASE, {5: 3}, None), CheckedUpdate)


def test_new_structs_come_from_allowed_clients_only() -> None:
    update = e.update({7: (0, [e.text("x", origin=(5, 0))])})
    assert check_update(update, KNOWN, {5}) is GuardProblem.FOREIGN_CLIENT
    assert check_update(update, KNOWN, set()) is GuardProblem.FOREIGN_CLIENT
    checked = check_update(update, KNOWN, {7})
    assert isinstance(checked, CheckedUpdate)
    assert checked.client_ids == {7}


def test_what_is_known_already_needs_no_permission() -> None:
    checked = check_update(BASE, KNOWN, {7})
    assert isinstance(checked, CheckedUpdate)
    assert checked.client_ids == frozenset()
    assert check_update(BASE, {5: 4}, {7}) is GuardProblem.FOREIGN_CLIENT


def test_a_delete_only_update_names_no_client() -> None:
    checked = check_update(e.update({}, {5: [(0, 1), (3, 2)]}), KNOWN, set())
    assert isinstance(checked, CheckedUpdate)
    assert checked.client_ids == frozenset()


def test_neighbours_may_come_from_each_other_in_turn() -> None:
    # 7:0 <- 8:0 <- 7:1 <- 8:1 ...: each client waits for the other many times
    sevens = [e.text("x", origin=(8, clock - 1) if clock else (5, 3)) for clock in range(500)]
    eights = [e.text("y", origin=(7, clock)) for clock in range(500)]
    update = e.update({8: (0, eights), 7: (0, sevens)})
    document = base_document()
    checked = check_update(update, document.clocks(), {7, 8})
    assert isinstance(checked, CheckedUpdate)
    document.apply(checked, "person")
    assert document.text("hpi") == "a😀b" + "xy" * 500
    assert dict(document.clocks()) == {5: 5, 7: 500, 8: 500}


@pytest.mark.parametrize(
    ("allowed", "limit"), [({7}, MAX_UPDATE_BYTES), (None, MAX_FRAME_BYTES)], ids=["a sender", "the gateway"]
)
def test_size_is_bounded(allowed: set[int] | None, limit: int) -> None:
    frame = len(one(e.text("x" * limit))) - limit
    assert isinstance(check_update(one(e.text("x" * (limit - frame))), {}, allowed), CheckedUpdate)
    assert check_update(one(e.text("x" * limit)), {}, allowed) is GuardProblem.TOO_LARGE


def test_the_check_leaves_the_known_state_as_it_is() -> None:
    document = base_document()
    before = dict(document.clocks())
    known: Mapping[int, int] = dict(before)
    for state in (document.clocks(), known):
        assert isinstance(check_update(one(e.text("x😀", origin=(5, 0))), state, None), CheckedUpdate)
        assert dict(state) == before
        assert isinstance(check_update(one(e.text("x", origin=(5, 0))), state, None), CheckedUpdate)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "update",
    [
        # 12,000 clients, each waiting for the next
        e.update({c: (0, [e.text("x", origin=(c + 1, 0) if c < 12_000 else (5, 0))]) for c in range(1, 12_001)}),
        e.update({5: (5, [e.text("😀" * 60_000, origin=(5, 3))])}),
        e.update({}, {5: [(0, 1)] * 80_000}),
    ],
    ids=["waiting clients", "surrogate pairs", "deleted ranges"],
)
def test_costly_shapes_are_done_with_in_a_moment(update: bytes) -> None:
    """No quadratic way through what fits into one update; one would take minutes."""
    assert isinstance(check_update(update, base_document().clocks(), None), CheckedUpdate)


def test_state_vectors_are_read() -> None:
    document = base_document()
    assert read_state_vector(document.state_vector()) == {5: 5}
    assert read_state_vector(b"\x00") == {}
    assert read_state_vector(b"\x02\x05\x05\x07\x00") == {5: 5, 7: 0}


@pytest.mark.parametrize(
    ("vector", "problem"),
    [
        (b"", GuardProblem.MALFORMED),
        (b"\x01", GuardProblem.MALFORMED),
        (b"\x01\x05\x05\x00", GuardProblem.MALFORMED),
        (b"\x02\x05\x05\x05\x06", GuardProblem.MALFORMED),
        (b"\x01" + e.uint(2**53) + b"\x01", GuardProblem.MALFORMED),
        (b"\x01\x05" + e.uint(2**31), GuardProblem.MALFORMED),
        (e.uint(2**40), GuardProblem.MALFORMED),
        (b"\x00" * 70_000, GuardProblem.TOO_LARGE),
    ],
)
def test_what_is_no_state_vector_is_refused(vector: bytes, problem: GuardProblem) -> None:
    assert read_state_vector(vector) is problem
