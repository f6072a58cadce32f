"""What can be wrong with an assignment or a review."""

from gateway.problems import GatewayProblem


class NoOrganisationProblem(GatewayProblem):
    status, code, title = 403, "no-organisation", "You act in no organisation"


class NotAssignableProblem(GatewayProblem):
    status, code, title = 422, "not-assignable", "The record cannot be assigned to this person"

    def __init__(self, detail: str, field: str) -> None:
        super().__init__(detail, errors=[{"pointer": f"#/{field}", "detail": detail}])


class AlreadyAssignedProblem(GatewayProblem):
    status, code, title = 409, "already-assigned", "The record is assigned to this person already"


class ImpossibleStepProblem(GatewayProblem):
    status, code, title = 409, "impossible-step", "The assignment cannot take this step"


class AlreadyReviewedProblem(GatewayProblem):
    status, code, title = 409, "already-reviewed", "Your opinion is in already"


class AssignedToLearnProblem(GatewayProblem):
    status, code, title = 409, "assigned-to-learn", "The record was assigned to learn from"


class UnseenResultProblem(GatewayProblem):
    status, code, title = 422, "result-not-seen", "Nobody can agree with what they have not seen"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, errors=[{"pointer": "#/agreement", "detail": detail}])
