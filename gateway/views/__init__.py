"""Views translate HTTP and nothing else; each module has a blueprint."""

from gateway.views import (
    analyses,
    annotations,
    audit_events,
    documentation,
    health,
    invitations,
    layers,
    members,
    models,
    organisations,
)

BLUEPRINTS = (
    analyses.blueprint,
    layers.blueprint,
    annotations.blueprint,
    models.blueprint,
    organisations.blueprint,
    members.blueprint,
    invitations.blueprint,
    audit_events.blueprint,
    health.blueprint,
    documentation.blueprint,
)
