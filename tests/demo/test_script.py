"""The scripted visit fits the domain: its order can be pended, its note can be sent, its words are where it says."""

from demo.identity import PERSON_BY_USERNAME
from demo.script import load_script
from visit.lab_tests import LAB_TEST_BY_CODE
from visit.readiness import readiness, rules_of
from visit.sections import SECTION_BY_KEY
from visit.template_choice import choose_template


def test_lines_follow_each_other_within_the_visit() -> None:
    script = load_script()
    starts = [line.at for line in script.lines]
    assert starts == sorted(starts)
    assert starts[-1] < script.seconds <= 60


def test_note_is_complete_and_every_change_finds_its_words() -> None:
    script = load_script()
    texts = {line.section: line.text for line in script.scribe.note}
    assert set(texts) <= set(SECTION_BY_KEY)
    template = choose_template("Cardiology", "Chest pain follow-up")
    assert readiness(texts, {}, rules_of(template)).ready
    assert set(texts) <= set(template.keys)
    for change in (*(question.then for question in script.scribe.questions), *script.provider.edits):
        assert texts[change.section].count(change.find) == 1
        texts[change.section] = texts[change.section].replace(change.find, change.replace)


def test_people_orders_and_answers_are_known() -> None:
    script = load_script()
    assert PERSON_BY_USERNAME[script.scribe.username].role == "scribe"
    assert PERSON_BY_USERNAME[script.provider.username].role == "provider"
    assert all(order.test in LAB_TEST_BY_CODE for order in script.scribe.orders)
    assert set(script.provider.signs) == {order.key for order in script.scribe.orders}
    questions = {question.key: question for question in script.scribe.questions}
    assert all(answer.text in questions[answer.question].quick_replies for answer in script.provider.answers)
