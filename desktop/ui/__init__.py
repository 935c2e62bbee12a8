"""The screens, in Qt Widgets: PySide6 lives here only."""
