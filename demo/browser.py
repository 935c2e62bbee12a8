"""Stands in for the scribe's system browser on a machine without one: plays the sign-in page over HTTP.

The stage puts it on PATH as `xdg-open`, so the desktop opens it as it would open any browser.
"""

import os
import stat
import sys
from pathlib import Path

import httpx2

from demo.identity.browser import sign_in_over_http

USER = "ALCOVE_DEMO_USER"


def install_browser(env: dict[str, str], folder: Path, username: str) -> None:
    """Make `xdg-open` in this environment sign a demo person in."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "xdg-open"
    root = Path(__file__).resolve().parent.parent
    script.write_text(f'#!/bin/sh\ncd "{root}" && exec "{sys.executable}" -m demo.browser "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
    env[USER] = username


def main(arguments: list[str]) -> int:
    """Sign in at the address and open the redirect, as a browser does."""
    (address,) = arguments
    redirect = sign_in_over_http(address, os.environ[USER])
    return 0 if httpx2.get(redirect).status_code == httpx2.codes.OK else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
