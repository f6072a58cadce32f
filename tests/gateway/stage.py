"""A gateway on its own database, and its cast: Alice, colleague Bob, administrator Ann, outsider Charlie."""

import io
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from apiflask import APIFlask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from pydantic import SecretStr
from sqlalchemy import Dialect, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from benchmark.servers.ports import free_ports
from gateway import create_app
from gateway.database import db
from gateway.extensions import Services
from gateway.keys import create_key
from gateway.permissions import SCOPES
from gateway.settings import Settings
from gateway.tenancy import ensure_member, ensure_organisation
from tests.serving import RunningTorchServe
from training.phantoms import draw_phantom

SECRET = "a secret of the tests, longer than 32 characters"  # noqa: S105
CAST = {
    "alice": ("Clinic", "analyst"),
    "bob": ("Clinic", "analyst"),
    "ann": ("Clinic", "administrator"),
    "charlie": ("Elsewhere", "administrator"),
}
ANALYSES = "/api/v1/analyses"
_dialects: dict[str, Dialect] = {}
_compiled: Any = LRUCache(2_000)
"""Compiled statements by their dialect, which the engines of one kind therefore have to share."""


class _SharedRule(Rule):
    """A route whose building of addresses is compiled for the first of a process's many gateways alone.

    A fifth of the time of these tests. All gateways here have one host and Werkzeug's own converters.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        kind = (self.rule, repr(self.defaults), append_unknown)
        if kind not in _builders:
            _builders[kind] = super()._compile_builder(append_unknown)
        return _builders[kind]


_builders: dict[tuple[str, str, bool], Callable[..., tuple[str, str]]] = {}
APIFlask.url_rule_class = _SharedRule


@dataclass(frozen=True)
class Person:
    """Somebody with a key."""

    client: FlaskClient
    key: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def get(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        return self.client.get(path, headers=self.headers | dict(headers or {}), **more)

    def post(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, headers=self.headers | dict(headers or {}), **more)

    def put(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        return self.client.put(path, headers=self.headers | dict(headers or {}), **more)

    def patch(self, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> TestResponse:
        return self.client.patch(path, headers=self.headers | dict(headers or {}), **more)

    def delete(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        return self.client.delete(path, headers=self.headers | dict(headers or {}))

    def upload(
        self,
        images: Sequence[tuple[str, bytes]],
        headers: Mapping[str, str] | None = None,
        query: str = "",
        **form: str,
    ) -> TestResponse:
        files = [(io.BytesIO(data), name) for name, data in images]
        return self.post(ANALYSES + query, headers, data={**form, "images": files})


@dataclass(frozen=True)
class Stage:
    """One gateway and its people."""

    app: APIFlask
    people: Mapping[str, Person]

    @property
    def services(self) -> Services:
        services: Services = self.app.extensions["ki67"]
        return services

    @property
    def alice(self) -> Person:
        return self.people["alice"]

    @property
    def bob(self) -> Person:
        return self.people["bob"]

    @property
    def ann(self) -> Person:
        return self.people["ann"]

    @property
    def charlie(self) -> Person:
        return self.people["charlie"]

    def close(self) -> None:
        self.services.errands.finish()
        self.services.comparisons.finish()
        with self.app.app_context():
            db.engine.dispose()
        self.services.torchserve.close()
        self.services.jobs.huey.storage.close()


def stage_settings(folder: Path, torchserve: RunningTorchServe | None = None, **more: Any) -> Settings:
    """Return settings for that TorchServe, or for one that is down: nobody listens on its ports."""
    port = torchserve.ports.inference if torchserve else free_ports(1)[0]
    chosen: dict[str, Any] = {
        "secret": SecretStr(SECRET),
        "var_folder": folder,
        "torchserve_url": f"http://127.0.0.1:{port}",
        "torchserve_key_file": (torchserve.folder if torchserve else folder) / "key_file.json",
        "retry_seconds": 0.5,
    }
    return Settings(**(chosen | more))


def set_stage(settings: Settings, migrated: Path) -> Stage:
    """Build a gateway on a migrated database, by default a copy of that one, and let the cast in."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    if settings.database_url is None:
        shutil.copy(migrated, settings.folder / "ki67.sqlite3")
    app = create_app(settings)
    with app.app_context():
        _share_compiled(db.engine)
        keys = {name: _added(name, *place) for name, place in CAST.items()}
        db.session.commit()
        people = {name: Person(app.test_client(), key) for name, key in keys.items()}
    return Stage(app, people)


def _share_compiled(engine: Engine) -> None:
    """Let statements that were compiled for one test's database serve the next, as in one long process."""
    engine.dialect = _dialects.setdefault(engine.name, engine.dialect)
    engine.update_execution_options(compiled_cache=_compiled)


def add_person(name: str, organisation: str, role: str, scopes: tuple[str, ...] = SCOPES) -> str:
    """Add somebody and return their key; needs an application context."""
    key = _added(name, organisation, role, scopes)
    db.session.commit()
    return key


def _added(name: str, organisation: str, role: str, scopes: tuple[str, ...] = SCOPES) -> str:
    home = ensure_organisation(organisation)
    user = ensure_member(home, f"{name}@example.org", name, role)
    return create_key(SECRET, home.id, user.id, "tests", scopes)[1]


def migrate(folder: Path, **more: Any) -> Path:
    """Create a database by its migrations and return its file, where it is SQLite's."""
    app = create_app(stage_settings(folder, **more))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    return folder / "ki67.sqlite3"


def phantom_png(seed: int = 6, width_px: int = 256, height_px: int = 192) -> bytes:
    """Return a drawn field at 0.5 microns per pixel, as PNG."""
    rgb = draw_phantom(seed, width_px, height_px).rgb
    return cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))[1].tobytes()


def body(answer: TestResponse) -> Any:
    """Return the answer's JSON."""
    return answer.json
