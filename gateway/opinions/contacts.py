"""Contacts: a person's favourites in one organisation. An address is kept as given; nobody looks it up."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway import audit
from gateway.database import db, new_id, now
from gateway.models import Contact
from gateway.opinions.paging import Rows, newest
from gateway.opinions.problems import NoOrganisationProblem
from gateway.opinions.schemas import ContactIn, PageQuery
from gateway.problems import NotFoundProblem
from gateway.tenancy import Principal


def list_contacts(principal: Principal, page: PageQuery) -> Rows[Contact]:
    """Return one page of the principal's contacts."""
    own = select(Contact).where(
        Contact.user_id == principal.user_id, Contact.organisation_id == principal.organisation_id
    )
    return newest(own, Contact, page)


def keep_contact(principal: Principal, given: ContactIn) -> tuple[Contact, bool]:
    """Add a contact, or rename the one with that address; tell whether it is new."""
    if not principal.organisation_id:
        raise NoOrganisationProblem("Contacts are kept in an organisation; you are a guest.")
    known = _at(principal, given.email)
    return (_renamed(principal, known, given), False) if known else _added(principal, given)


def get_contact(principal: Principal, contact_id: str) -> Contact:
    """Return one of the principal's contacts; raises NotFoundProblem."""
    found = db.session.get(Contact, contact_id)
    owner = (principal.user_id, principal.organisation_id)
    if found is None or (found.user_id, found.organisation_id) != owner:
        raise NotFoundProblem
    return found


def remove_contact(principal: Principal, contact_id: str) -> None:
    """Forget a contact; assignments made to its address stay."""
    db.session.delete(get_contact(principal, contact_id))
    audit.note(principal, "contact.removed", "contact", contact_id)
    db.session.commit()


def _at(principal: Principal, email: str) -> Contact | None:
    return db.session.scalar(
        select(Contact).where(
            Contact.user_id == principal.user_id,
            Contact.organisation_id == principal.organisation_id,
            Contact.email == email,
        )
    )


def _added(principal: Principal, given: ContactIn) -> tuple[Contact, bool]:
    row = Contact(
        id=new_id(),
        organisation_id=principal.organisation_id,
        user_id=principal.user_id,
        email=given.email,
        name=given.name,
    )
    db.session.add(row)
    audit.note(principal, "contact.added", "contact", row.id)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return _renamed(principal, _at(principal, given.email), given), False
    return row, True


def _renamed(principal: Principal, known: Contact | None, given: ContactIn) -> Contact:
    if known is None:
        raise NotFoundProblem
    known.name, known.updated_at = given.name, now()
    audit.note(principal, "contact.renamed", "contact", known.id)
    db.session.commit()
    return known
