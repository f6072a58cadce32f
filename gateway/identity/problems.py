"""What can be wrong with a sign-in or an account. None of them tells whether an account exists."""

from gateway.problems import GatewayProblem


class SignInProblem(GatewayProblem):
    status, code, title = 401, "sign-in-refused", "The sign-in was refused"

    def __init__(self) -> None:
        super().__init__(
            "Address or password is wrong, or there were too many attempts: then wait some minutes."
        )


class CsrfProblem(GatewayProblem):
    status, code, title = 403, "csrf", "The request does not come from the signed-in page"


class NoSessionProblem(GatewayProblem):
    status, code, title = 403, "no-session", "This is for a signed-in browser, not for a key"


class NoOrganisationProblem(GatewayProblem):
    status, code, title = 403, "no-organisation", "You act in no organisation"


class AdministratorsOnlyProblem(GatewayProblem):
    status, code, title = 403, "administrators-only", "This is for the organisation's administrators"


class TooWideProblem(GatewayProblem):
    status, code, title = 403, "scopes-exceed-yours", "A key cannot carry more than its maker"


class TooManyKeysProblem(GatewayProblem):
    status, code, title = 409, "too-many-keys", "You have too many live keys"


class WrongPasswordProblem(GatewayProblem):
    status, code, title = 403, "wrong-password", "The current password is wrong"


class WeakPasswordProblem(GatewayProblem):
    status, code, title = 422, "weak-password", "The password is too easily guessed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, errors=[{"pointer": "#/password", "detail": detail}])


class TokenProblem(GatewayProblem):
    status, code, title = 422, "token-invalid", "The token cannot be used"

    def __init__(self) -> None:
        super().__init__("It is wrong, too old, or was used already; ask for a new one.")


class RegistrationClosedProblem(GatewayProblem):
    status, code, title = 403, "registration-closed", "Accounts are made by invitation here"


class OidcOffProblem(GatewayProblem):
    status, code, title = 404, "oidc-not-configured", "No OpenID provider is configured"


class OidcUnavailableProblem(GatewayProblem):
    status, code, title = 503, "oidc-unavailable", "The OpenID provider does not answer"


class OidcRefusedProblem(GatewayProblem):
    status, code, title = 403, "oidc-refused", "The sign-in through the OpenID provider was refused"


class OidcUnverifiedProblem(GatewayProblem):
    status, code, title = 403, "oidc-email-unverified", "The OpenID provider does not vouch for the address"


class OidcNotLinkedProblem(GatewayProblem):
    status, code, title = 403, "oidc-not-linked", "The account here is not this one at the provider"


class OidcUnknownProblem(GatewayProblem):
    status, code, title = 403, "oidc-not-expected", "Nobody has invited you yet"
