"""Loads Qt, and takes out the import hook that PySide6 puts in for its optional spellings (`__feature__`).

The hook reads the source of every module imported after Qt (10 to 35 ms of our start); nothing here uses those
spellings.
"""

import builtins

from PySide6 import QtCore, QtGui, QtWidgets  # noqa: F401  # loaded here, so that the hook is in place to be taken out

before_qt = getattr(builtins, "__orig_import__", None)
if before_qt is not None:
    builtins.__import__ = before_qt
