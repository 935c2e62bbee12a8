"""How a room's picture and sound are had: where the visit is held, what is captured, and what the curtain hides."""

from enum import StrEnum


class Curtain(StrEnum):
    """The room's privacy curtain: what does not leave the room while capture runs."""

    OPEN = "open"
    PICTURE_OFF = "picture_off"
    ALL_OFF = "all_off"


class Lost(StrEnum):
    """What a listener missed in a gap."""

    PICTURE = "picture"
    SOUND = "sound"
    BOTH = "both"


class Modality(StrEnum):
    """Where patient and provider meet; a visit held elsewhere is heard through the room's browser or loudspeaker."""

    IN_PERSON = "in_person"
    VIDEO_VISIT = "video_visit"
    PHONE = "phone"


class SoundOnly(StrEnum):
    """Why a visit has sound and no picture from the start."""

    PATIENT_DECLINED = "patient_declined"
    BANDWIDTH = "bandwidth"
    POLICY = "policy"
    NOTHING_TO_SEE = "nothing_to_see"
    NO_CAMERA = "no_camera"
