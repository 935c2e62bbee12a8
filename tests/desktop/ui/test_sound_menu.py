"""The sound menu: what there is, what was chosen, and what is missing; a choice is told and kept."""

from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from desktop.ports import SoundDevices
from desktop.ui.sound_menu import SoundButton, SoundChoice
from tests.desktop.ui.desk import Desk
from tests.desktop.ui.states import live


def entries(button: SoundButton) -> dict[str, QAction]:
    return {action.text(): action for action in button._menu.actions() if not action.isSeparator()}


def test_every_device_can_be_chosen_and_the_usual_one_is_first(qtbot: QtBot) -> None:
    button = SoundButton()
    qtbot.addWidget(button)
    button.show_state(SoundChoice("Headset R&D"), SoundDevices(True, "Headset R&D", ("Speakers", "Headset R&D")))
    found = entries(button)
    assert list(found) == ["The computer's usual device", "Speakers", "Headset R&&D", "Make soft voices louder"]
    assert [text for text, action in found.items() if action.isChecked()] == ["Headset R&&D"]
    with qtbot.waitSignal(button.chosen) as chosen:
        found["Speakers"].trigger()
    assert chosen.args == [SoundChoice("Speakers")]
    with qtbot.waitSignal(button.chosen) as chosen:
        found["Make soft voices louder"].trigger()
    assert chosen.args == [SoundChoice("Speakers", boost=True)]


def test_a_chosen_device_that_is_missing_stays_chosen_and_is_said_to_be_missing(qtbot: QtBot) -> None:
    button = SoundButton()
    qtbot.addWidget(button)
    button.show_state(SoundChoice("Headset"), SoundDevices(True, "", ("Speakers",)))
    missing = entries(button)["Headset (not plugged in: the usual device plays)"]
    assert missing.isChecked()


def test_a_choice_reaches_the_media_process_and_the_settings(desk: Desk) -> None:
    live(desk)
    kept: list[SoundChoice] = []
    desk.controller.feeds.on_sound = kept.append
    desk.flows.join.sound_devices_changed(SoundDevices(True, "", ("Speakers",)))
    pane = desk.controller.feeds._panes["v1"]
    entries(pane.sound)["Speakers"].trigger()
    assert kept == [SoundChoice("Speakers")]
    assert ("output", ("Speakers", False)) in desk.media.asked
    assert entries(pane.sound)["Speakers"].isChecked()
