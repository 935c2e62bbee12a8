"""Who is who: persons, rooms, and the roles they act in."""

from enum import StrEnum

from wire.base import Id, Model, Name


class Role(StrEnum):
    """What a principal acts as; a role's commands are the only ones that exist for it."""

    SCRIBE = "scribe"
    PROVIDER = "provider"
    ROOM = "room"


class Person(Model):
    """A signed-in person as others see them; `person_id` is the gateway's own id, not the identity provider's."""

    person_id: Id
    name: Name


class Room(Model):
    """An exam room (a paired browser)."""

    room_id: Id
    name: Name


class Principal(Model):
    """Who a connection belongs to, as the gateway authenticated it."""

    role: Role
    id: Id
    name: Name
    device_id: Id | None = None


class Author(Model):
    """Who did a recorded thing. `role` is None for the gateway itself."""

    role: Role | None
    id: Id
    name: Name
