"""DPoP proofs beyond what HTTP can show: the key in the header, the bounded memory, the window's edges."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from gateway.identity.dpop import WINDOW, Call, ProofChecker
from gateway.identity.keys import TokenInvalid
from tests.gateway.routes.desktop import make_proof

URL = "https://gateway.example/v1/visits"
KEY = ECKey.generate_key("P-256")


def call(after: timedelta = timedelta(), url: str = URL) -> Call:
    return Call("GET", url, datetime.now(UTC) + after)


def reason(checker: ProofChecker, proof: str, when: Call | None = None) -> str:
    with pytest.raises(TokenInvalid) as problem:
        checker.check(proof, when or call())
    return problem.value.reason


def with_header(header: dict[str, Any], key: Any = KEY) -> str:  # noqa: ANN401  # any kind of key
    claims = {"htm": "GET", "htu": URL, "iat": int(time.time()), "jti": "1"}
    return jwt.encode(header, claims, key, algorithms=["ES256", "ES384", "RS256", "HS256"], default_type=None)


def test_the_proven_key_is_the_signers() -> None:
    assert ProofChecker().check(make_proof(KEY, "GET", URL), call()).jkt == KEY.thumbprint()


@pytest.mark.parametrize(
    "same", ["https://gateway.example:443/v1/visits", "HTTPS://Gateway.Example/v1/visits?x=1#y", URL]
)
def test_addresses_are_compared_as_addresses(same: str) -> None:
    ProofChecker().check(make_proof(KEY, "GET", same), call())


@pytest.mark.parametrize(
    "other", ["http://gateway.example/v1/visits", URL + "/", "https://gateway.example:8443/v1/visits", "https://[", ""]
)
def test_another_address_is_another_call(other: str) -> None:
    assert reason(ProofChecker(), make_proof(KEY, "GET", other)) == "htu"


def test_a_key_that_is_not_p256_public_is_refused() -> None:
    public, private = KEY.as_dict(private=False), KEY.as_dict(private=True)
    wide, rsa = ECKey.generate_key("P-384"), RSAKey.generate_key(2048)
    typ = {"typ": "dpop+jwt"}
    assert reason(ProofChecker(), with_header({"alg": "ES256", **typ})) == "jwk"
    assert reason(ProofChecker(), with_header({"alg": "ES256", **typ, "jwk": private})) == "jwk"
    assert (
        reason(ProofChecker(), with_header({"alg": "ES384", **typ, "jwk": wide.as_dict(private=False)}, wide)) == "jwk"
    )
    # An RSA key makes the header longer than any of ours: it is refused before it is looked at.
    large = with_header({"alg": "RS256", **typ, "jwk": rsa.as_dict(private=False)}, rsa)
    assert reason(ProofChecker(), large) == "malformed"
    off_curve = {**public, "y": public["x"]}
    assert reason(ProofChecker(), with_header({"alg": "ES256", **typ, "jwk": off_curve})) == "jwk"


def test_another_type_algorithm_or_signature_is_refused() -> None:
    public = KEY.as_dict(private=False)
    assert reason(ProofChecker(), with_header({"alg": "ES256", "typ": "JWT", "jwk": public})) == "typ"
    confused = OctKey.import_key(str(public["x"]))
    assert (
        reason(ProofChecker(), with_header({"alg": "HS256", "typ": "dpop+jwt", "jwk": public}, confused)) == "signature"
    )
    stranger = with_header({"alg": "ES256", "typ": "dpop+jwt", "jwk": public}, ECKey.generate_key("P-256"))
    assert reason(ProofChecker(), stranger) == "signature"
    for broken in ("", "a.b.c", "...", "ä.ö.ü"):
        assert reason(ProofChecker(), broken) == "malformed"


def test_a_proof_is_remembered_for_as_long_as_it_counts() -> None:
    checker, proof = ProofChecker(), make_proof(KEY, "GET", URL, iat=int(time.time()) + 290)
    checker.check(proof, call())
    assert reason(checker, proof, call(timedelta(seconds=580))) == "replayed"
    assert reason(checker, proof, call(timedelta(seconds=600))) == "iat"


def test_the_same_number_of_two_keys_is_two_proofs() -> None:
    checker = ProofChecker()
    for key in (KEY, ECKey.generate_key("P-256")):
        checker.check(make_proof(key, "GET", URL, jti="same"), call())


def test_the_memory_is_bounded_and_forgets_only_what_no_longer_counts() -> None:
    checker = ProofChecker(max_seen=3)
    proofs = [make_proof(KEY, "GET", URL) for _ in range(4)]
    for proof in proofs[:3]:
        checker.check(proof, call())
    assert reason(checker, proofs[3]) == "too_many"
    assert reason(checker, proofs[0]) == "replayed"
    later = 2 * WINDOW + timedelta(seconds=1)
    checker.check(make_proof(KEY, "GET", URL, iat=int(time.time() + later.total_seconds())), call(later))


@pytest.mark.parametrize("value", [True, None, "1", float("nan"), float("inf"), 1e30])
def test_a_time_that_is_none_is_refused(value: object) -> None:
    assert reason(ProofChecker(), make_proof(KEY, "GET", URL, iat=value)) == "iat"
