"""Views translate HTTP and nothing else; each module has a blueprint."""

from gateway.views import analyses, documentation, health, layers, models

BLUEPRINTS = (
    analyses.blueprint,
    layers.blueprint,
    models.blueprint,
    health.blueprint,
    documentation.blueprint,
)
