"""The gateway: images over REST in, stored analyses out; TorchServe does the scoring.

    views -> uploads, submission -> objects, rows -> pool | jobs -> scoring -> torchserve -> results
                                                     worker, sweeping --^

`create_app` is the only place where the parts meet.
"""

from apiflask import APIFlask

from gateway import bodies, commands, database, every_request, health, logs, openapi, problems
from gateway.bucket import open_bucket
from gateway.extensions import Services
from gateway.heavy import HeavyWork
from gateway.identity.errands import Errands
from gateway.identity.mail import make_mailer
from gateway.identity.oidc import make_provider
from gateway.interface import cross_origin, rate_limits, tracing, transport
from gateway.jobs import Jobs
from gateway.json_text import QuickJson
from gateway.objects import FolderObjects, ObjectStore
from gateway.pool import ScoringPool
from gateway.routing.board import RoutesBoard
from gateway.routing.liveness import Liveness
from gateway.routing.watching import CanaryWatch
from gateway.settings import Settings
from gateway.torchserve import TorchServe
from gateway.views import BLUEPRINTS

__version__ = "1.0.0"
_PARTS_BESIDES_IMAGES = 32


def create_app(settings: Settings | None = None) -> APIFlask:
    """Build the application; without settings they are read from the environment."""
    chosen = settings or Settings()
    logs.configure(chosen)
    app = APIFlask(
        "gateway",
        title="Ki-67 scoring",
        version=__version__,
        spec_path="/api/v1/openapi.json",
        docs_path=None,
    )
    _limit(app, chosen)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for part in (problems, every_request, bodies, openapi, commands, health):
        part.init_app(app)
    tracing.init_app(app, chosen)
    rate_limits.init_app(app, chosen)
    cross_origin.init_app(app, chosen)
    transport.init_app(app, chosen, production=chosen.environment == "production")
    database.init_app(app, chosen)
    app.extensions["ki67"] = _services(app, chosen)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _limit(app: APIFlask, settings: Settings) -> None:
    app.config.update(
        MAX_CONTENT_LENGTH=settings.request_limit_bytes,
        MAX_FORM_PARTS=settings.images_limit + _PARTS_BESIDES_IMAGES,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.json = QuickJson(app)


def _services(app: APIFlask, settings: Settings) -> Services:
    pool, torchserve = ScoringPool(app, settings), TorchServe(settings)
    return Services(
        settings=settings,
        objects=_objects(settings),
        torchserve=torchserve,
        jobs=Jobs(settings, pool.score_hinted),
        pool=pool,
        heavy=HeavyWork(settings.threads),
        mailer=make_mailer(settings),
        errands=Errands(app),
        oidc=make_provider(settings),
        routes=RoutesBoard(settings),
        liveness=Liveness(torchserve),
        watch=CanaryWatch(settings.canary_limits),
        comparisons=Errands(app, threads=1, at_most=settings.comparisons_limit),
    )


def _objects(settings: Settings) -> ObjectStore:
    return open_bucket(settings) if settings.objects_url else FolderObjects(settings.objects_folder)
