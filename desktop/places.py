"""Where this program keeps its things (platformdirs)."""

from pathlib import Path


def config_dir() -> Path:
    """The user's settings."""
    from platformdirs import user_config_path

    return user_config_path("alcove", appauthor=False)


def data_dir() -> Path:
    """The vault's parent."""
    from platformdirs import user_data_path

    return user_data_path("alcove", appauthor=False)
