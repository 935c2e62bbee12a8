"""Four keyboard layouts, key by key, for the tests of the keymap: which key gives a character, and with Shift or not.

After the X keyboard definitions `us`, `es`, `de` and `fr`; rows from the digits down, each from its left end.
"""

from dataclasses import dataclass

ROWS = ("E00", "D01", "C01", "B01")
EXTRA = "B00"
"""The key beside the left Shift, which US keyboards lack."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The characters of a layout's keys: plain, with Shift, with AltGr; `dead` are those that wait for a letter."""

    plain: tuple[str, str, str, str]
    shifted: tuple[str, str, str, str]
    alt_gr: str
    extra: str
    dead: str

    def key_of(self, char: str) -> tuple[str, bool] | None:
        """The key that gives a character, and whether Shift is held for it; None where only AltGr gives it."""
        for shift, rows in ((False, self.plain), (True, self.shifted)):
            for row, chars in zip(ROWS, rows, strict=True):
                at = chars.find(char)
                if at >= 0:
                    return f"{row[0]}{int(row[1:]) + at:02}", shift
        at = self.extra.find(char)
        return (EXTRA, at == 1) if at >= 0 else None


LAYOUTS = {
    "us": Layout(
        ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", "zxcvbnm,./"),
        ("~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', "ZXCVBNM<>?"),
        "",
        "",
        "",
    ),
    "es": Layout(
        ("º1234567890'¡", "qwertyuiop`+", "asdfghjklñ´ç", "zxcvbnm,.-"),
        ('ª!"·$%&/()=?¿', "QWERTYUIOP^*", "ASDFGHJKLÑ¨Ç", "ZXCVBNM;:_"),
        "\\|@#~€¬[]{}",
        "<>",
        "`^´¨",
    ),
    "de": Layout(
        ("^1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "yxcvbnm,.-"),
        ('°!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", "YXCVBNM;:_"),
        "²³{[]}\\@€~|µ",
        "<>",
        "^´`",
    ),
    "fr": Layout(
        ("²&é\"'(-è_çà)=", "azertyuiop^$", "qsdfghjklmù*", "wxcvbn,;:!"),
        ("\x001234567890°+", "AZERTYUIOP¨£", "QSDFGHJKLM%µ", "WXCVBN?./§"),
        "~#{[|`\\^@]}€¤",
        "<>",
        "^¨",
    ),
}
