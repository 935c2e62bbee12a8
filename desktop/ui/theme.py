"""Fusion with our own palettes; one short style sheet for cards, pills and the rail."""

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from desktop.ui.tokens import DARK, HIGH_CONTRAST, LIGHT, Tokens

BASE_PIXELS = 13
SMALLEST_PIXELS, LARGEST_PIXELS = 11, 26
SHEET = """
* {{ font-size: {size}px; }}
QWidget#rail {{ background: {rail}; }}
QToolButton[kind="rail"] {{
    color: {rail_ink};
    background: transparent;
    border: 2px solid transparent;
    border-radius: 9px;
    padding: 8px 2px;
}}
QToolButton[kind="rail"]:checked {{ background: {rail_on}; color: #ffffff; }}
QToolButton[kind="rail"]:focus {{ border-color: {rail_focus}; }}
QLabel[kind="mark"] {{ color: #ffffff; font-size: {mark}px; font-weight: 700; padding: 4px 0px 8px 0px; }}
QFrame[kind="bar"] {{ background: {panel}; border: none; border-bottom: 1px solid {line}; }}
QFrame[kind="status"] {{ background: {panel}; border: none; border-top: 1px solid {line}; }}
QFrame[kind="card"] {{ background: {panel}; border: 1px solid {line}; border-radius: 10px; }}
QFrame[kind="line"] {{ background: {line}; border: none; max-height: 1px; min-height: 1px; }}
QFrame[kind="bubble"] {{ background: {background}; border-radius: 10px; }}
QFrame[kind="own_bubble"] {{ background: {accent_soft}; border-radius: 10px; }}
QLabel[kind="title"] {{ font-size: {title}px; font-weight: 700; }}
QLabel[kind="strong"] {{ font-weight: 600; }}
QLabel[kind="muted"] {{ color: {muted}; }}
QLabel[kind="small"] {{ color: {muted}; font-size: {small}px; }}
QLabel[kind="section"] {{ color: {muted}; font-size: {small}px; font-weight: 600; letter-spacing: 0.5px; }}
QLabel[kind="small_ok"] {{ color: {ok}; font-size: {small}px; }}
QLabel[kind="small_warn"] {{ color: {warn}; font-size: {small}px; }}
QLabel[kind="small_bad"] {{ color: {bad}; font-size: {small}px; font-weight: 600; }}
QLabel[kind="dot_ok"] {{ color: {ok}; }}
QLabel[kind="dot_warn"] {{ color: {warn}; }}
QLabel[kind="dot_bad"] {{ color: {bad}; }}
QLabel[kind="dot_plain"] {{ color: {muted}; }}
QLabel[kind="fine"] {{ color: {ok}; }}
QLabel[kind="problem"] {{ color: {bad}; }}
QLabel[kind="key"] {{
    color: {muted}; font-size: {small}px; border: 1px solid {line}; border-radius: 4px; padding: 1px 6px;
}}
QFrame[kind="overlay"] {{ background: {panel}; border: 1px solid {accent}; border-radius: 10px; }}
QLabel[kind="notice"] {{ background: {warn_soft}; color: {warn}; border-radius: 8px; padding: 8px 10px; }}
QLabel[tone] {{
    border-radius: 9px;
    padding: 2px 9px;
    font-size: {small}px;
    background: {background};
    color: {muted};
}}
QLabel[tone="ok"] {{ background: {ok_soft}; color: {ok}; }}
QLabel[tone="warn"] {{ background: {warn_soft}; color: {warn}; }}
QLabel[tone="bad"] {{ background: {bad_soft}; color: {bad}; }}
QLabel[tone="accent"] {{ background: {accent_soft}; color: {accent}; }}
QPushButton {{ background: {panel}; color: {ink}; border: 1px solid {edge}; border-radius: 7px; padding: 5px 12px; }}
QPushButton:hover {{ border-color: {accent}; }}
QPushButton:focus {{ border: 2px solid {accent}; padding: 4px 11px; }}
QPushButton:disabled {{ color: {muted}; background: {background}; border: 1px dashed {edge}; }}
QPushButton[kind="primary"] {{ background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {ink}; }}
QPushButton[kind="primary"]:disabled {{ background: {background}; color: {muted}; border: 1px dashed {edge}; }}
QPushButton[kind="row"] {{ border: 2px solid transparent; border-radius: 0; text-align: left; padding: 8px 12px; }}
QPushButton[kind="row"]:hover {{ background: {background}; }}
QPushButton[kind="row"]:focus {{ border: 2px solid {accent}; }}
QPushButton[kind="link"] {{
    background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 1px 3px;
    color: {accent}; font-size: {small}px; text-decoration: underline;
}}
QPushButton[kind="link"]:focus {{ border: 2px solid {accent}; padding: 0px 2px; }}
QLineEdit, QComboBox, QPlainTextEdit[kind="field"] {{
    background: {panel};
    color: {ink};
    placeholder-text-color: {muted};
    border: 1px solid {edge};
    border-radius: 8px;
    padding: 6px 9px;
    selection-background-color: {accent};
    selection-color: {on_accent};
}}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit[kind="field"]:focus {{
    border: 2px solid {accent};
    padding: 5px 8px;
}}
QTextEdit[kind="paper"] {{ background: {paper}; border: none; border-left: 1px solid {line}; }}
QTextEdit[kind="paper"]:focus {{ border: 2px solid {accent}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QLineEdit[readOnly="true"] {{ background: {background}; color: {muted}; }}
QTabBar::tab {{
    background: transparent; color: {muted}; padding: 8px 8px 8px 14px; margin: 0px; border: none;
    border-bottom: 2px solid transparent;
}}
QTabBar::tab:selected {{ color: {accent}; font-weight: 600; border-bottom: 2px solid {accent}; }}
QTabBar::tab:focus {{ color: {ink}; border: 2px solid {accent}; }}
QTabBar {{ background: {panel}; }}
QFrame[kind="tabs"] {{ background: {panel}; border: none; border-bottom: 1px solid {line}; }}
QToolButton[kind="close"] {{
    color: {muted}; background: transparent; border: 1px solid transparent; border-radius: 4px;
    padding: 0px 4px; margin-right: 6px;
}}
QToolButton[kind="close"]:hover {{ color: {ink}; border-color: {line}; }}
QToolButton[kind="close"]:focus {{ border: 2px solid {accent}; padding: 0px 3px; }}
QSlider::groove:horizontal {{ background: {edge}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{
    background: {panel}; border: 1px solid {muted}; width: 12px; height: 12px; margin: -5px 0px; border-radius: 7px;
}}
QSlider::handle:horizontal:focus {{ border: 3px solid {accent}; width: 8px; height: 8px; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar::handle:vertical {{ background: {edge}; border-radius: 3px; min-height: 24px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle:horizontal {{ background: {edge}; border-radius: 3px; min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0px; height: 0px; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QListWidget[kind="outline"] {{
    background: {panel}; border: none; border-right: 1px solid {line}; outline: none; padding: 12px 1px 0px 0px;
}}
QListWidget[kind="outline"]:focus {{ border: 2px solid {accent}; border-radius: 6px; padding: 10px 2px 0px 2px; }}
QListWidget[kind="outline"]::item {{ padding: 3px 6px; }}
QFrame[kind="entry"] {{ background: {panel}; border: none; border-top: 2px solid {accent}; }}
QTableWidget[kind="grid"] {{ background: {panel}; border: 2px solid transparent; outline: none; }}
QListWidget[kind="systems"] {{
    background: {panel}; border: none; border-right: 1px solid {line}; outline: none; padding: 2px;
}}
QListWidget[kind="systems"]::item {{ padding: 2px 6px; }}
QTableWidget[kind="grid"]:focus {{ border-color: {accent}; }}
QListWidget[kind="suggestions"] {{
    background: {panel}; color: {ink}; border: 1px solid {accent}; border-radius: 8px; outline: none; padding: 2px;
}}
QListWidget[kind="suggestions"]::item {{ padding: 3px 8px; border-radius: 5px; }}
QListWidget[kind="suggestions"]::item:selected {{ background: {accent_soft}; color: {ink}; }}
QListWidget[kind="suggestions"]:focus {{ border: 2px solid {accent}; }}
QLabel[kind="tag"] {{
    background: {warn_soft}; color: {warn}; border: 1px solid {warn}; border-radius: 5px; padding: 0px 6px;
    font-size: {small}px;
}}
QListWidget[kind="obstacles"] {{
    background: {panel}; border: 1px solid {line}; border-radius: 6px; outline: none; padding: 1px;
}}
QListWidget[kind="obstacles"]:focus {{ border: 2px solid {accent}; padding: 0px; }}
QListWidget[kind="obstacles"]::item {{ padding: 4px 6px; color: {ink}; }}
QListWidget[kind="obstacles"]::item:selected {{ background: {accent_soft}; color: {ink}; }}
QScrollArea {{ background: transparent; border: none; }}
QTextEdit[kind="compared"] {{ background: {panel}; border: 2px solid transparent; padding: 0px 10px; }}
QTextEdit[kind="compared"]:focus {{ border: 2px solid {accent}; }}
QScrollArea[kind="reader"] {{ border: 2px solid transparent; border-radius: 4px; }}
QScrollArea[kind="reader"]:focus {{ border: 2px solid {accent}; }}
QWidget[kind="sheet"] {{ background: transparent; }}
QWidget[kind="page"] {{ background: {background}; }}
QSplitter::handle {{ background: {background}; }}
QToolTip {{ background: {panel}; color: {ink}; border: 1px solid {line}; }}
"""


class Theme:
    """Applies an appearance to the application, and answers which colours are in force."""

    def __init__(self, app: QApplication, appearance: str = "system", pixels: int = BASE_PIXELS) -> None:
        self._app = app
        self.appearance = appearance
        self.pixels = pixels
        self.tokens = LIGHT
        self.on_changed: Callable[[Tokens], None] = lambda _tokens: None
        """Called after another appearance or size was applied, for what paints colours itself."""
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_changed)

    def prepare(self) -> None:
        """Set style, palette and font; the sheet is put on by `dress`, once the first page is built.

        Qt styles a widget anew each time it gets another parent, so building under a sheet takes three times as long.
        """
        if self._app.style().name() != "fusion":
            self._app.setStyle("Fusion")
        self.tokens = self._choose()
        self._app.setPalette(_palette(self.tokens))
        font = QFont(_family(), 10)
        font.setPixelSize(self.pixels)
        font.setFeature(QFont.Tag("tnum"), 1)
        self._app.setFont(font)

    def dress(self) -> None:
        """Put the sheet on, before anything is shown; once is enough."""
        if not self._app.styleSheet():
            self._app.setStyleSheet(self._sheet())

    def apply(self) -> None:
        """Show another appearance or size."""
        self.prepare()
        self._app.setStyleSheet(self._sheet())
        self.on_changed(self.tokens)

    def _sheet(self) -> str:
        names = {name: getattr(self.tokens, name) for name in self.tokens.__slots__}
        paper = "#ffffff" if QColor(self.tokens.panel).lightness() > 127 else "#e4eaef"  # it is printed on white
        sizes = {"size": self.pixels, "small": self.pixels - 1, "title": self.pixels + 2, "mark": self.pixels + 4}
        return SHEET.format(**sizes, **names, paper=paper)

    def _on_system_changed(self, _scheme: Qt.ColorScheme) -> None:
        if self.appearance == "system" and self._choose() != self.tokens:
            self.apply()

    def zoom(self, step: int) -> None:
        """Make the type larger or smaller by pixels; 0 goes back to the base size."""
        wanted = BASE_PIXELS if step == 0 else self.pixels + step
        self.pixels = max(SMALLEST_PIXELS, min(LARGEST_PIXELS, wanted))
        self.apply()

    def _choose(self) -> Tokens:
        hints = QGuiApplication.styleHints()
        if hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast:
            return HIGH_CONTRAST
        if self.appearance == "light":
            return LIGHT
        if self.appearance == "dark":
            return DARK
        return DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT


def _family() -> str:
    families = QFontDatabase.families()
    return "Inter" if "Inter" in families else cast("QApplication", QApplication.instance()).font().family()


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for name, colour in (
        (role.Window, tokens.background),
        (role.WindowText, tokens.ink),
        (role.Base, tokens.panel),
        (role.AlternateBase, tokens.background),
        (role.Text, tokens.ink),
        (role.Button, tokens.panel),
        (role.ButtonText, tokens.ink),
        (role.PlaceholderText, tokens.muted),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.Link, tokens.accent),
        (role.ToolTipBase, tokens.panel),
        (role.ToolTipText, tokens.ink),
        (role.Mid, tokens.line),
    ):
        palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(tokens.muted))
    return palette
