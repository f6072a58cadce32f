"""Views translate HTTP and nothing else; each module has a blueprint."""

from gateway.views import (
    agreement,
    analyses,
    annotations,
    assignments,
    audit_events,
    contacts,
    corrections,
    documentation,
    exports,
    health,
    invitations,
    layers,
    members,
    models,
    organisations,
    reviews,
)

BLUEPRINTS = (
    analyses.blueprint,
    layers.blueprint,
    annotations.blueprint,
    corrections.blueprint,
    exports.blueprint,
    models.blueprint,
    organisations.blueprint,
    members.blueprint,
    invitations.blueprint,
    audit_events.blueprint,
    contacts.blueprint,
    assignments.blueprint,
    reviews.blueprint,
    agreement.blueprint,
    health.blueprint,
    documentation.blueprint,
)
