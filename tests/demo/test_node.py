"""The demo's Node programs run on the wheel's Node, from lock files that name no address."""

import json
import subprocess

from demo import node
from demo.node import PACKAGES


def test_lock_names_no_address() -> None:
    for folder in PACKAGES:
        text = (folder / "package-lock.json").read_text()
        assert "://" not in text
        assert '"resolved"' not in text


def test_versions_are_exact() -> None:
    for folder in PACKAGES:
        package = json.loads((folder / "package.json").read_text())
        wanted = package.get("dependencies", {}) | package.get("devDependencies", {})
        assert wanted
        locked = json.loads((folder / "package-lock.json").read_text())["packages"]
        assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_second_installation_does_nothing() -> None:
    for folder in PACKAGES:
        node.install(folder)
        assert node.install(folder) is False


def test_node_is_the_wheels() -> None:
    done = subprocess.run([node.node_binary(), "--version"], capture_output=True, text=True, check=True)
    assert int(done.stdout.removeprefix("v").split(".")[0]) >= 22
