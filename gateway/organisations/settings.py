"""An organisation's settings: read by its members, changed by its administrators, one change at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, select, update
from sqlalchemy.exc import IntegrityError

from gateway import audit
from gateway.database import db, now
from gateway.documents import Document, timestamp
from gateway.keyset import Keyset, split_page
from gateway.models import Membership, Organisation
from gateway.organisations.schemas import OrganisationIn
from gateway.preconditions import PreconditionFailedProblem
from gateway.problems import GatewayProblem, NotFoundProblem
from gateway.tenancy import Principal

_JOINED = Keyset(Membership.created_at, Membership.organisation_id, newest_first=False)


class NameTakenProblem(GatewayProblem):
    status, code, title = 409, "name-taken", "The name is taken"


def list_memberships(
    principal: Principal, limit: int, cursor: str | None
) -> tuple[Sequence[tuple[Organisation, Membership]], str | None]:
    """Return one page of the organisations that the person belongs to, in the order they joined."""
    theirs = (
        select(Organisation, Membership)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.user_id == principal.user_id)
    )
    rows = [(row[0], row[1]) for row in db.session.execute(_JOINED.page(theirs, limit, cursor))]
    return split_page(rows, limit, lambda row: (row[1].created_at, row[0].id))


def get_organisation(principal: Principal, organisation_id: str) -> Organisation:
    """Return the organisation that the principal acts in; any other raises NotFoundProblem."""
    found = (
        db.session.get(Organisation, organisation_id)
        if organisation_id == principal.organisation_id
        else None
    )
    if found is None:
        raise NotFoundProblem
    return found


def organisation_etag(organisation: Organisation) -> str:
    """Return a tag that changes with the settings."""
    return f'"{organisation.id}-{int(organisation.updated_at.timestamp() * 1e6)}"'


def change_organisation(principal: Principal, organisation: Organisation, wanted: OrganisationIn) -> None:
    """Change the settings as they were read; raises PreconditionFailedProblem or NameTakenProblem."""
    values = wanted.model_dump(include=wanted.model_fields_set)
    if not values:
        return
    before = {name: getattr(organisation, name) for name in values}
    audit.note(
        principal, "organisation.changed", "organisation", organisation.id, before=before, after=values
    )
    try:
        changed = _changed(organisation, values)
    except IntegrityError as error:
        db.session.rollback()
        raise NameTakenProblem("Another organisation has that name.") from error
    if not changed:
        db.session.rollback()
        raise PreconditionFailedProblem("It was changed meanwhile; read it again.")
    db.session.commit()


def _changed(organisation: Organisation, values: dict[str, Any]) -> bool:
    """Change the row unless another request has done so since it was read."""
    seen = (Organisation.id == organisation.id, Organisation.updated_at == organisation.updated_at)
    statement = update(Organisation).where(*seen).values(**values, updated_at=now())
    outcome = db.session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(outcome, CursorResult) and outcome.rowcount == 1


def membership_document(organisation: Organisation, membership: Membership, principal: Principal) -> Document:
    """Return what the API shows of an organisation in the list of one's own."""
    return {
        "id": organisation.id,
        "name": organisation.name,
        "role": membership.role,
        "current": organisation.id == principal.organisation_id,
    }


def organisation_document(organisation: Organisation) -> Document:
    """Return the organisation as the API shows it."""
    return {
        "id": organisation.id,
        "name": organisation.name,
        "created_at": timestamp(organisation.created_at),
        "updated_at": timestamp(organisation.updated_at),
        "category_boundaries_percent": organisation.category_boundaries_percent,
        "default_mpp": organisation.default_mpp,
        "retention_days": organisation.retention_days,
    }
