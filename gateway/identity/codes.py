"""Codes that people read and type, and secrets that only programs see."""

import secrets

# Crockford's base 32: no I, L, O or U, so that nothing is misread.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_GROUPS, _GROUP = 3, 4
_SECRET_BYTES = 32


def new_code() -> str:
    """A one-time code of 60 random bits, such as `7K2M-Q9XD-04TZ`."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def typed_code(untrusted: str) -> str:
    """A code as it was typed, in the form in which it was made: case, dashes, blanks and misread letters mended."""
    letters = "".join(each for each in untrusted.upper() if each.isalnum()).translate(_MISREAD)
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def new_secret() -> str:
    """A random secret of 256 bits, base64url: nonces, refresh tokens, session cookies."""
    return secrets.token_urlsafe(_SECRET_BYTES)
