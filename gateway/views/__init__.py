"""Views translate HTTP and nothing else; each module has a blueprint."""

from gateway.views import analyses, corrections, documentation, exports, health, layers, models

BLUEPRINTS = (
    analyses.blueprint,
    layers.blueprint,
    corrections.blueprint,
    exports.blueprint,
    models.blueprint,
    health.blueprint,
    documentation.blueprint,
)
