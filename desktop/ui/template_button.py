"""The button in the note's heading that names the template, and its menu: another template, or what this one offers."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from desktop.ui.actions import key_of
from desktop.ui.note_editor.menu import Entry, add_entries
from desktop.ui.parts import KeyButton
from desktop.ui.words import say
from visit.template_files import templates_of
from visit.templates import DEFAULT_TEMPLATE, Specialty, Template


class TemplateButton(KeyButton):
    """Names the note's template. Signals: template_chosen(id).
    exam_asked(), skeleton_asked(): for the caret's section.
    """

    template_chosen = Signal(str)
    exam_asked = Signal()
    skeleton_asked = Signal()

    def __init__(self) -> None:
        super().__init__("", "")
        self.template = DEFAULT_TEMPLATE
        self.may_choose = True
        """Whether another template can be chosen now."""
        self.section_now: Callable[[], str] = lambda: ""
        """The section that has the caret; empty while nothing may be written."""
        self.setProperty("kind", "link")
        self.setAutoDefault(False)
        self.clicked.connect(self.open_menu)
        self.show_template(DEFAULT_TEMPLATE)

    def show_template(self, template: Template) -> None:
        """Name another template."""
        self.template = template
        self.setText(f"{template.title} ▾")
        self.setAccessibleName(say("template.name", title=template.title))
        key = key_of("choose_template")
        specialty = _name_of(template.specialty)
        self.setToolTip(say("template.tip", title=template.title, specialty=specialty, keys=key))
        self.setAccessibleDescription(key)
        self.updateGeometry()

    def offers(self) -> tuple[Entry, ...]:
        """What the template has for the caret's section, for this menu and the text's."""
        known = self.template.section(self.section_now())
        exam = known is not None and bool(known.normal_exam)
        skeleton = known is not None and bool(known.skeleton or known.forms)
        return (
            Entry(say("template.insert_exam"), self.exam_asked.emit, "insert_normal_exam", exam),
            Entry(say("template.insert_skeleton"), self.skeleton_asked.emit, "insert_skeleton", skeleton),
        )

    def empty_words(self) -> str:
        """What stands in the caret's section while it is empty: the keys of what the template has for it."""
        keys = [
            say("template.key", words=offer.words, keys=key_of(offer.action)) for offer in self.offers() if offer.can
        ]
        return " · ".join([say("note.empty_section"), *keys])

    def open_menu(self) -> None:
        """Show the menu below the button."""
        menu = self.menu_now()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def menu_now(self) -> QMenu:
        """The templates, the own specialty's first, then what the template offers for the caret's section."""
        menu = QMenu(self)
        own = self.template.specialty
        self._add_templates(menu, own)
        menu.addSeparator()
        for specialty in Specialty:
            if specialty is not own:
                self._add_templates(menu.addMenu(_name_of(specialty)), specialty)
        add_entries(menu, self.offers())
        return menu

    def _add_templates(self, menu: QMenu, specialty: Specialty) -> None:
        for template in templates_of(specialty):
            action = QAction(template.title, menu)
            action.setCheckable(True)
            action.setChecked(template.id == self.template.id)
            action.setEnabled(self.may_choose)
            action.triggered.connect(self._chooser(template.id))
            menu.addAction(action)

    def _chooser(self, template_id: str) -> Callable[[], None]:
        def choose() -> None:
            if template_id != self.template.id:
                self.template_chosen.emit(template_id)

        return choose


def _name_of(specialty: Specialty) -> str:
    return say(f"specialty.{specialty}")
