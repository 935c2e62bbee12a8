"""Entry point: `python -m desktop` (never as a path, since desktop/av would shadow PyAV)."""

import gc
import os
import sys

from desktop.no_dumps import keep_out_of_dumps

HIJACKS = (
    "QT_PLUGIN_PATH",
    "QT_QPA_PLATFORM_PLUGIN_PATH",
    "QML2_IMPORT_PATH",
    "SSLKEYLOGFILE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "PYTHON_KEYRING_BACKEND",
    "KEYCHAIN_PATH",
)
"""Variables by which another program of this user could load its code here or read our traffic."""


def main(arguments: list[str] | None = None) -> int:
    """Run the desktop, or its media, keyring or spelling process; returns the exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    for name in HIJACKS:
        os.environ.pop(name, None)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # any installed package could see what is validated
    if words[:1] == ["--recovery"]:
        from desktop.secure_store.recovery_tool import main as recovery_main

        return recovery_main(words[1:])
    keep_out_of_dumps()
    if words[:1] == ["--media"] and len(words) == 2:
        from desktop.av.process import main as media_main

        return media_main(words[1])
    if words == ["--keyring"]:
        from desktop.secure_store.keyring_process import main as keyring_main

        return keyring_main()
    if words == ["--spelling"]:
        from desktop.spelling.process import main as spelling_main

        return spelling_main()
    gc.disable()  # nearly all that the start makes stays; app.py switches it on again once the window is up
    from desktop.early import Early, parse

    options = parse(words)
    if options.version:
        from desktop.version import VERSION

        print(f"Alcove {VERSION}")
        return 0
    os.umask(0o077)
    early = Early(options)
    from desktop.app import run

    return run(early)


if __name__ == "__main__":
    sys.exit(main())
