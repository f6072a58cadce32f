"""Views translate HTTP and nothing else; each module has a blueprint."""

from gateway.views import (
    agreement,
    analyses,
    assignments,
    contacts,
    documentation,
    health,
    layers,
    models,
    reviews,
)

BLUEPRINTS = (
    analyses.blueprint,
    layers.blueprint,
    models.blueprint,
    contacts.blueprint,
    assignments.blueprint,
    reviews.blueprint,
    agreement.blueprint,
    health.blueprint,
    documentation.blueprint,
)
