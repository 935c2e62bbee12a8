"""Reads and works a program's accessibility tree (AT-SPI 2 over D-Bus), as a screen reader or a person would."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ROOT = "/org/a11y/atspi/accessible/root"
REGISTRY = "org.a11y.atspi.Registry"
BUS = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
ACCESSIBLE = "org.a11y.atspi.Accessible"
PROPERTIES = "org.freedesktop.DBus.Properties"
STATE_ENABLED, STATE_SHOWING, STATE_FOCUSED = 8, 25, 12
"""Bits of AtspiStateType."""
FOCUS_LOOK_SECONDS = 0.02


class NotFound(Exception):
    """No such control came in time; the message lists what was there."""


@dataclass(frozen=True, slots=True)
class Node:
    """One accessible object."""

    tree: "Tree"
    service: str
    path: str

    @property
    def name(self) -> str:
        """The accessible name."""
        return str(self.tree.prop(self, ACCESSIBLE, "Name"))

    @property
    def role(self) -> str:
        """The role's English name, such as `push button`."""
        return str(self.tree.call(self, ACCESSIBLE, "GetRoleName")[0])

    @property
    def children(self) -> "list[Node]":
        """Direct children."""
        return [Node(self.tree, service, path) for service, path in self.tree.call(self, ACCESSIBLE, "GetChildren")[0]]

    def has_state(self, bit: int) -> bool:
        """Whether a state bit is set."""
        low, high = self.tree.call(self, ACCESSIBLE, "GetState")[0]
        return bool((low | high << 32) >> bit & 1)

    @property
    def showing(self) -> bool:
        """Whether it is on the screen."""
        return self.has_state(STATE_SHOWING)

    @property
    def enabled(self) -> bool:
        """Whether it can be used."""
        return self.has_state(STATE_ENABLED)

    @property
    def text(self) -> str:
        """Its text content."""
        return str(self.tree.call(self, "org.a11y.atspi.Text", "GetText", "ii", (0, -1))[0])

    @property
    def extents(self) -> tuple[int, int, int, int]:
        """Its place on the screen: x, y, width, height in pixels."""
        x, y, width, height = self.tree.call(self, "org.a11y.atspi.Component", "GetExtents", "u", (0,))[0]
        return int(x), int(y), int(width), int(height)

    def press(self) -> None:
        """Do its first action, as a click does."""
        self.tree.call(self, "org.a11y.atspi.Action", "DoAction", "i", (0,))

    def focus(self) -> None:
        """Give it the keyboard."""
        self.tree.call(self, "org.a11y.atspi.Component", "GrabFocus")

    def wait_for_focus(self, timeout: float = 10.0) -> None:
        """Until keys come to it: it has its window's keyboard, and the window is the active one. Raises NotFound."""
        until = time.monotonic() + timeout
        while not self.has_state(STATE_FOCUSED):
            if time.monotonic() > until:
                raise NotFound(f"{self.name!r} did not get the keyboard in {timeout:g} s")
            time.sleep(FOCUS_LOOK_SECONDS)

    def select(self, start: int, end: int) -> None:
        """Select characters [start, end) of its text, the caret at their end."""
        text = "org.a11y.atspi.Text"
        self.tree.call(self, text, "SetCaretOffset", "i", (end,))
        if not self.tree.call(self, text, "SetSelection", "iii", (0, start, end))[0]:
            self.tree.call(self, text, "AddSelection", "ii", (start, end))

    def set_text(self, text: str) -> None:
        """Replace its text."""
        self.tree.call(self, "org.a11y.atspi.EditableText", "SetTextContents", "s", (text,))

    def walk(self, depth: int = 40) -> "Iterator[Node]":
        """It and everything below that is on the screen, parents first."""
        yield self
        if depth > 0:
            for child in self.children:
                try:
                    if child.showing:
                        yield from child.walk(depth - 1)
                except LookupError:
                    continue  # it went away meanwhile


class Tree:
    """A connection to the accessibility bus of a session."""

    def __init__(self, env: Mapping[str, str]) -> None:
        session = open_dbus_connection(env["DBUS_SESSION_BUS_ADDRESS"])
        try:
            bus = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface="org.a11y.Bus")
            address = session.send_and_get_reply(new_method_call(bus, "GetAddress")).body[0]
            status = DBusAddress("/org/a11y/bus", bus_name="org.a11y.Bus", interface=PROPERTIES)
            on = new_method_call(status, "Set", "ssv", ("org.a11y.Status", "IsEnabled", ("b", True)))
            session.send_and_get_reply(on)
        finally:
            session.close()
        self._bus: DBusConnection = open_dbus_connection(address)
        self._strangers = {self._bus.unique_name}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bus.close()

    def call(self, node: Node, interface: str, method: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        """Call a method; LookupError when the object is gone or does not have it."""
        address = DBusAddress(node.path, bus_name=node.service, interface=interface)
        message = new_method_call(address, method, signature or None, body)
        reply = self._bus.send_and_get_reply(message, timeout=10)
        if reply.header.message_type is MessageType.error:
            raise LookupError(f"{method}: {reply.body}")
        return reply.body

    def prop(self, node: Node, interface: str, name: str) -> Any:
        """Read a property."""
        return self.call(node, PROPERTIES, "Get", "ss", (interface, name))[0][1]

    def programs(self) -> list[Node]:
        """The programs on the bus.

        The bus itself is asked, not its registry: at-spi2-registryd 2.46 dies when it is asked for its children
        before the first program has registered, and no program registers a second time.
        """
        names: list[str] = self._bus.send_and_get_reply(new_method_call(BUS, "ListNames")).body[0]
        if REGISTRY in names:
            owner = new_method_call(BUS, "GetNameOwner", "s", (REGISTRY,))
            self._strangers.add(self._bus.send_and_get_reply(owner).body[0])
        found = []
        for name in names:
            if not name.startswith(":") or name in self._strangers:
                continue
            program = Node(self, name, ROOT)
            try:
                if program.role == "application":
                    found.append(program)
            except LookupError:
                continue  # still coming up, or going away
        return found

    def nodes(self) -> Iterator[Node]:
        """Everything on the screen."""
        for program in self.programs():
            try:
                for window in program.children:
                    yield from window.walk()
            except LookupError:
                continue

    def find(self, name: str, role: str = "", timeout: float = 20.0, *, enabled: bool = False) -> Node:
        """Wait for the first control whose name begins with `name`; NotFound after `timeout` seconds."""
        until = time.monotonic() + timeout
        while True:
            seen: list[str] = []
            for node in self.nodes():
                try:
                    label = node.name
                    seen.append(label)
                    if label.startswith(name) and (not role or node.role == role) and (not enabled or node.enabled):
                        return node
                except LookupError:
                    continue
            if time.monotonic() > until:
                raise NotFound(f"{name!r} ({role or 'any role'}); there were {sorted(set(filter(None, seen)))}")
            time.sleep(0.05)

    def wait_until_gone(self, name: str, timeout: float = 20.0) -> None:
        """Wait until no control on the screen has a name that begins so."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            try:
                self.find(name, timeout=0)
            except NotFound:
                return
            time.sleep(0.05)
        raise NotFound(f"{name!r} is still there")
