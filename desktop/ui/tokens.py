"""The design's colours: one accent, colour only for state, and a word or sign always beside it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one appearance, as #rrggbb."""

    background: str
    panel: str
    line: str
    ink: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    rail: str
    rail_ink: str
    rail_on: str
    rail_focus: str
    edge: str
    """Outlines of controls, handles of scroll bars: at least 3:1 against panel and background."""


LIGHT = Tokens(
    background="#f4f6f8",
    panel="#ffffff",
    line="#dde3ea",
    ink="#17212b",
    muted="#5d6b7a",
    accent="#0b6e99",
    on_accent="#ffffff",
    accent_soft="#e3f1f7",
    ok="#197747",
    ok_soft="#e2f4ea",
    warn="#8a5800",
    warn_soft="#fdf1d8",
    bad="#b3261e",
    bad_soft="#fbe4e2",
    rail="#102530",
    rail_ink="#bbccdd",
    rail_on="#1d4355",
    rail_focus="#5bb8de",
    edge="#7f8d9b",
)
DARK = Tokens(
    background="#12191f",
    panel="#1a232b",
    line="#2c3842",
    ink="#e6edf3",
    muted="#9fb0bf",
    accent="#5bb8de",
    on_accent="#0b1a22",
    accent_soft="#123545",
    ok="#5fca94",
    ok_soft="#12321f",
    warn="#e0b355",
    warn_soft="#3a2c0a",
    bad="#f28b82",
    bad_soft="#3f1a17",
    rail="#0b1318",
    rail_ink="#9fb0bf",
    rail_on="#1d4355",
    rail_focus="#5bb8de",
    edge="#64778a",
)
HIGH_CONTRAST = Tokens(
    background="#000000",
    panel="#000000",
    line="#ffffff",
    ink="#ffffff",
    muted="#e6edf3",
    accent="#7fd6ff",
    on_accent="#000000",
    accent_soft="#00334d",
    ok="#7dffb2",
    ok_soft="#00331a",
    warn="#ffd866",
    warn_soft="#332600",
    bad="#ffb3ad",
    bad_soft="#400000",
    rail="#000000",
    rail_ink="#ffffff",
    rail_on="#00334d",
    rail_focus="#ffd866",
    edge="#ffffff",
)
