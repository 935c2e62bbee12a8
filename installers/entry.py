"""What the frozen program starts: the same entry point as `python -m desktop`."""

import os
import sys

LIBRARIES = "LD_LIBRARY_PATH"


def give_back_libraries() -> None:
    """Undo the search path that PyInstaller sets: the browser that we start must not load our libraries."""
    before = os.environ.pop(f"{LIBRARIES}_ORIG", None)
    if before is None:
        os.environ.pop(LIBRARIES, None)
    else:
        os.environ[LIBRARIES] = before


give_back_libraries()

from desktop.__main__ import main  # noqa: E402  # first the environment, then what could start a program

sys.exit(main())
