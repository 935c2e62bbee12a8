"""How talking to the practice's record can fail; the package's edges turn it into a refusal's code."""

from wire.refusals import RefusalCode


class EhrFailed(Exception):
    """The record gave no usable answer. `status` is its HTTP status, 0 when there was none; never patient text."""

    code = RefusalCode.EHR_REFUSED

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


class EhrUnreachable(EhrFailed):
    """No connection, no answer in time, or the record says that it is busy or broken: try again later."""

    code = RefusalCode.EHR_UNREACHABLE


class EhrRefused(EhrFailed):
    """The record answered no, or answered what is no FHIR R4."""
