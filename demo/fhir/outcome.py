"""Every refusal of the demo's FHIR server as one exception, and as the OperationOutcome that the client reads."""

from typing import Any

from demo.validator import Issue

Resource = dict[str, Any]


class FhirRefusal(Exception):
    """A request that the server refuses: HTTP status, FHIR issue-type code, and what was wrong."""

    def __init__(self, status: int, code: str, text: str, issues: tuple[Issue, ...] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.issues = issues or (Issue("server", text, ""),)

    def as_resource(self) -> Resource:
        """The OperationOutcome (FHIR R4) of this refusal."""
        return operation_outcome(self.code, self.issues)


def operation_outcome(code: str, issues: tuple[Issue, ...]) -> Resource:
    """An OperationOutcome with one error for each issue."""
    return {"resourceType": "OperationOutcome", "issue": [_as_issue(code, issue) for issue in issues]}


def _as_issue(code: str, issue: Issue) -> Resource:
    entry: Resource = {"severity": "error", "code": code, "diagnostics": f"{issue.by}: {issue.text}"}
    if issue.at:
        entry["expression"] = [issue.at]
    return entry
