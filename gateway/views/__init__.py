"""Views translate HTTP and nothing else; each module has a blueprint."""

from gateway.views import analyses, api_keys, auth, documentation, health, layers, models, oidc

BLUEPRINTS = (
    analyses.blueprint,
    layers.blueprint,
    models.blueprint,
    auth.blueprint,
    oidc.blueprint,
    api_keys.blueprint,
    health.blueprint,
    documentation.blueprint,
)
