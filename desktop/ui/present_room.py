"""From a visit's record to what the feed pane says of its room: the curtain, the modality, who listens. Pure."""

from dataclasses import dataclass

from desktop.ui.present import Now
from desktop.ui.words import say
from visit.record import VisitRecord
from wire.capture import Curtain, Modality


@dataclass(frozen=True, slots=True)
class RoomView:
    """What the room shows of itself; words are empty where there is nothing to say."""

    cover: str = ""
    """Stands in the place of the picture."""
    is_curtain: bool = False
    sentence: str = ""
    """In the place of the live feed's sentence."""
    place: str = ""
    """The room, and where the visit is held when that is elsewhere."""
    listeners: str = ""


def room_view(record: VisitRecord, room: str, me: str, now: Now) -> RoomView:
    """For a feed that is live; `me` is the scribe's own id."""
    cover, sentence = _curtain(record, room, now)
    is_curtain = bool(cover)
    if not cover and record.modality is not None and record.modality.sound_only is not None:
        cover = say("room.sound_only", why=say(f"sound_only.{record.modality.sound_only}"))
        sentence = say("room.heard", room=room)
    return RoomView(cover, is_curtain, sentence, _place(record, room), _listeners(record, me))


def _curtain(record: VisitRecord, room: str, now: Now) -> tuple[str, str]:
    match record.curtain:
        case Curtain.OPEN:
            return "", ""
        case Curtain.PICTURE_OFF:
            cover, sentence = say("curtain.picture_off"), say("curtain.picture_off.sentence", room=room)
        case Curtain.ALL_OFF:
            cover, sentence = say("curtain.all_off"), say("curtain.all_off.sentence", room=room)
    if record.curtains and record.curtains[-1].until is None:
        cover = say("curtain.since", curtain=cover, time=now.clock(record.curtains[-1].since))
    return cover, sentence


def _place(record: VisitRecord, room: str) -> str:
    match record.modality.modality if record.modality else Modality.IN_PERSON:
        case Modality.IN_PERSON:
            return room
        case Modality.VIDEO_VISIT | Modality.PHONE as modality:
            return say("room.place", room=room, modality=say(f"modality.{modality}"))


def _listeners(record: VisitRecord, me: str) -> str:
    """Everybody who hears the room, as the room's page shows them."""
    hearing = [record.admissions[one] for one in record.listening if one in record.admissions]
    others = sorted({author.name for author in hearing if author.id != me})
    return say("feed.listen_too", names=", ".join(others)) if others else say("feed.you_listen")
