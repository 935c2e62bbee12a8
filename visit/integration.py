"""Follows an update's structs into a document's shape, in the order in which pycrdt will integrate them."""

from collections.abc import Iterable
from enum import Enum, auto
from heapq import heappop, heappush

from visit.roots import MAP_ROOTS, TEXT_ROOTS
from visit.shape import Place, Shape, second_halves
from visit.update_format import Kind, Struct, StructId, Update


class Misfit(Enum):
    """Why an update does not fit a document."""

    GAP = auto()
    UNKNOWN_ROOT = auto()
    WRONG_CONTENT = auto()
    TORN = auto()


def integrate(update: Update, shape: Shape) -> Misfit | None:
    """Append the update's new structs to the shape; why it does not fit, or None.

    Every struct must follow its client's last one, stand between known neighbours of one place, hold what its
    root may hold and cut no character; what is deleted must exist. On a misfit the shape holds a part of it.
    `update.taken` tells afterwards which structs were new, in the order in which they were taken.
    """
    named = (struct for structs in update.structs.values() for struct in structs if struct.root is not None)
    misfit = next(filter(None, map(_named_misfit, named)), None)
    misfit = misfit or _integrate_structs(update, shape)
    return misfit or next(filter(None, (_deleted_misfit(shape, *cut) for cut in update.deleted)), None)


def _integrate_structs(update: Update, shape: Shape) -> Misfit | None:
    """Go as far as each client's structs find their neighbours; who waits for another client is woken by it."""
    queues = update.structs
    if any(structs[0].clock > shape.clock(client) for client, structs in queues.items()):
        return Misfit.GAP
    done = dict.fromkeys(queues, 0)
    waiting: dict[int, list[StructId]] = {client: [] for client in queues}  # heaps of (clock needed, waiting client)
    ready = list(queues)
    while ready:
        client = ready.pop()
        structs = queues[client]
        while done[client] < len(structs):
            struct = structs[done[client]]
            missing = _missing_neighbour(struct, shape)
            if missing is not None:
                if missing[0] == client or missing[0] not in waiting:
                    return Misfit.GAP
                heappush(waiting[missing[0]], (missing[1] + 1, client))
                break
            begin = shape.clock(client)
            misfit = _integrate_struct(struct, shape)
            if misfit is not None:
                return misfit
            if struct.end > begin:
                update.taken.append((struct, begin))
            done[client] += 1
        while waiting[client] and waiting[client][0][0] <= shape.clock(client):
            ready.append(heappop(waiting[client])[1])
    return Misfit.GAP if any(done[client] < len(structs) for client, structs in queues.items()) else None


def _missing_neighbour(struct: Struct, shape: Shape) -> StructId | None:
    """A neighbour that does not exist before the struct, if it has one."""
    for neighbour in (struct.origin, struct.right_origin):
        if neighbour is not None:
            client, clock = neighbour
            if clock >= (struct.clock if client == struct.client else shape.clock(client)):
                return neighbour
    return None


def _integrate_struct(struct: Struct, shape: Shape) -> Misfit | None:
    """Append what is new of a struct whose neighbours exist."""
    begin = shape.clock(struct.client)
    if struct.end <= begin:
        return None
    origin, right = struct.origin, struct.right_origin
    if origin is not None and shape.cuts_character(origin[0], origin[1] + 1):
        return Misfit.TORN
    if right is not None and shape.cuts_character(*right):
        return Misfit.TORN
    places = {
        (struct.root, struct.key) if struct.root is not None else None,
        shape.place_at(*origin) if origin is not None else None,
        shape.place_at(*right) if right is not None else None,
    }
    text = struct.text
    known = begin - struct.clock
    if known:
        # pycrdt puts the new part of a half-known struct behind what the client wrote last, wherever that lies
        if known in second_halves(text):
            return Misfit.TORN
        text = text.encode("utf-16-le")[2 * known :].decode("utf-16-le")
        places.add(shape.place_at(struct.client, begin - 1))
    return _append(struct, text, places, shape)


def _append(struct: Struct, text: str, places: Iterable[Place | None], shape: Shape) -> Misfit | None:
    found = {place for place in places if place is not None}
    if len(found) > 1:
        return Misfit.TORN
    place = found.pop() if found else None
    if place is not None:
        misfit = _content_misfit(place, struct.kind)
        if misfit is not None:
            return misfit
    shape.append(struct.client, struct.end - shape.clock(struct.client), place, text)
    return None


def _named_misfit(struct: Struct) -> Misfit | None:
    return _content_misfit((struct.root or "", struct.key), struct.kind)


def _content_misfit(place: Place, kind: Kind) -> Misfit | None:
    """Text and nothing else lies in a section; strings under keys and nothing else in a map."""
    root, key = place
    if root in TEXT_ROOTS:
        return Misfit.WRONG_CONTENT if key is not None or kind is Kind.ANY else None
    if root in MAP_ROOTS:
        return Misfit.WRONG_CONTENT if not key or kind is Kind.STRING else None
    return Misfit.UNKNOWN_ROOT


def _deleted_misfit(shape: Shape, client: int, start: int, end: int) -> Misfit | None:
    if end > shape.clock(client):
        return Misfit.GAP
    torn = shape.cuts_character(client, start) or shape.cuts_character(client, end)
    return Misfit.TORN if torn else None
