"""What the frozen program starts: the same entry point as `python -m desktop`."""

import sys

from desktop.__main__ import main

sys.exit(main())
