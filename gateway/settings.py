"""The gateway's settings: environment (`GATEWAY_*`, secrets also as `GATEWAY_*_FILE`) -> one frozen object.

Nothing else in the gateway reads the environment. Insecure development defaults warn; with
`GATEWAY_ENVIRONMENT=production` they are refused.
"""

import os
import warnings
from pathlib import Path
from typing import Any, Literal, Self

import click
from pydantic import AliasChoices, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from gateway.identity.settings import IDENTITY_SECRETS, IdentitySettings
from gateway.interface.settings import INTERFACE_SECRETS, InterfaceSettings
from gateway.routing.settings import RoutingSettings

PREFIX = "GATEWAY_"
DEVELOPMENT_SECRET = "development-only-not-a-secret"  # noqa: S105 - refused in production
MINIMUM_SECRET_LENGTH = 32
_SECRET_FIELDS = (
    "secret",
    "database_url",
    "s3_secret_access_key",
    *IDENTITY_SECRETS,
    *INTERFACE_SECRETS,
)


class InsecureDefaultWarning(UserWarning):
    """A default that is fine on a developer's machine and nowhere else."""


class SecretFileError(click.ClickException):
    """A secret's file cannot be read; on the command line this is one sentence."""


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that `GATEWAY_NAME_FILE` names, as Docker and Kubernetes mount it."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}_FILE"
        path = os.environ.get(variable)
        return (_read_secret(variable, Path(path)) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Read the files of those secrets that no surer source has given."""
        wanted = [name for name in _SECRET_FIELDS if name not in self.current_state]
        found = {name: self.get_field_value(self.settings_cls.model_fields[name], name)[0] for name in wanted}
        return {name: value for name, value in found.items() if value is not None}


def _read_secret(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretFileError(
            f"{path}, which {variable} names, cannot be read ({error.strerror}); `make run` draws one."
        ) from error


class Settings(IdentitySettings, InterfaceSettings, RoutingSettings):
    """Everything that can be configured; the environment name is `GATEWAY_` and the field in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    processes: int = Field(default=1, ge=1, le=64, description="gunicorn worker processes")
    threads: int = Field(default=64, ge=2, le=512, description="requests answered at once by one process")
    client_stall_seconds: float = Field(
        default=30.0, gt=0, description="a client that neither sends nor takes a byte for so long is cut off"
    )
    var_folder: Path = Field(
        default=Path("var"),
        validation_alias=AliasChoices("var_folder", "GATEWAY_VAR_FOLDER", "KI67_VAR"),
        description="folder of everything that changes: database, jobs, objects, keys",
    )

    secret: SecretStr = Field(
        default=SecretStr(DEVELOPMENT_SECRET),
        description="keys the hashes of API keys; at least 32 characters; also GATEWAY_SECRET_FILE",
    )
    database_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy address; default: ki67.sqlite3 in the var folder"
    )
    database_busy_seconds: float = Field(
        default=10.0, gt=0, description="SQLite waits this long for its lock"
    )

    objects_url: str | None = Field(
        default=None,
        pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w./-]*)?$",
        description="s3://BUCKET/PREFIX for images and results; default: objects in the var folder",
    )
    s3_endpoint: str | None = Field(default=None, description="address of an S3 server other than Amazon's")
    s3_region: str | None = Field(default=None, description="region of the bucket")
    s3_access_key_id: str | None = Field(
        default=None, description="default: what the environment or the pod's role gives"
    )
    s3_secret_access_key: SecretStr | None = Field(
        default=None, description="belongs to the key id; also GATEWAY_S3_SECRET_ACCESS_KEY_FILE"
    )

    torchserve_url: str = Field(default="http://127.0.0.1:8080", description="TorchServe's inference address")
    torchserve_key_file: Path | None = Field(
        default=None,
        description="TorchServe's key_file.json; default: torchserve/key_file.json in the var folder; "
        "a missing file means that token authorization is off",
    )
    torchserve_connect_seconds: float = Field(default=2.0, gt=0, description="limit to open a connection")
    torchserve_answer_seconds: float = Field(
        default=1000.0,
        gt=0,
        description="limit to get one image's answer, its time in TorchServe's queue included; longer than "
        "TorchServe's own responseTimeout, so that an image which hangs is told from a long queue",
    )
    torchserve_retries: int = Field(
        default=2, ge=0, le=5, description="repeats after a refused connection or a 503"
    )
    torchserve_connections: int = Field(
        default=12,
        ge=1,
        description="pooled connections, images sent at once; TorchServe holds all in memory",
    )
    torchserve_keepalive_seconds: float = Field(
        default=30.0,
        ge=0,
        description="an unused connection is kept so long; 0 opens one for each image, so that what stands "
        "before several TorchServes sends each image where there is room",
    )
    model_name: str = Field(default="ki67", description="model as TorchServe knows it")

    image_limit_bytes: int = Field(
        default=64 << 20, gt=0, le=64 << 20, description="largest image; TorchServe takes no larger one"
    )
    request_limit_bytes: int = Field(default=1 << 30, gt=0, description="largest request in all")
    export_limit: int = Field(default=10_000, ge=1, le=1_000_000, description="most records in one export")
    images_limit: int = Field(default=200, ge=1, le=10_000, description="most images in one request")
    wait_default_seconds: float = Field(
        default=30.0, ge=0, description="how long POST waits for results by default"
    )
    wait_limit_seconds: float = Field(default=300.0, ge=0, description="how long POST can be asked to wait")
    backlog_limit: int = Field(default=100_000, ge=1, description="unfinished analyses in all before 503")
    backlog_limit_owner: int = Field(
        default=5_000, ge=1, description="unfinished analyses of one user before 429"
    )

    queue_limit_seconds: float = Field(
        default=300.0,
        gt=0,
        description="a POST that waits for its results is refused (503) where the images before it take "
        "longer than this; one that does not wait is queued",
    )

    attempts_limit: int = Field(
        default=5, ge=1, description="scoring attempts that may fail inside TorchServe"
    )
    abandoned_limit: int = Field(
        default=20,
        ge=1,
        description="times that the process which scores an image may end over it; restarts count as well",
    )
    lease_seconds: float = Field(
        default=30.0, gt=1, description="a claim not renewed for so long was left by a dead process"
    )
    retry_seconds: float = Field(default=5.0, gt=0, description="pause while TorchServe is unavailable")
    backoff_limit_seconds: float = Field(
        default=15.0, gt=0, description="longest pause before another attempt"
    )
    sweep_seconds: float = Field(
        default=5.0, gt=0, description="how often the worker looks for what was left behind"
    )
    worker_threads: int = Field(default=8, ge=1, le=64, description="images the worker scores at once")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level logged"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit values first, then the environment, then files that the environment names."""
        return init_settings, env_settings, _SecretFiles(settings_cls)

    @model_validator(mode="after")
    def _defaults_stay_in_development(self) -> Self:
        problems = [*self._insecurities(), *self.identity_insecurities()]
        lacks = list(self.production_lacks()) if self.environment == "production" else []
        if (problems or lacks) and self.environment == "production":
            raise ValueError("; ".join(problems + lacks))
        if self.mailer == "smtp" and not self.smtp_host:
            raise ValueError(f"{PREFIX}SMTP_HOST is not set")
        for problem in problems:
            warnings.warn(problem, InsecureDefaultWarning, stacklevel=2)
        return self

    def _insecurities(self) -> tuple[str, ...]:
        secret = self.secret.get_secret_value()
        if secret == DEVELOPMENT_SECRET:
            return (f"{PREFIX}SECRET is the published development default",)
        if len(secret) < MINIMUM_SECRET_LENGTH:
            return (f"{PREFIX}SECRET is shorter than {MINIMUM_SECRET_LENGTH} characters",)
        return ()

    @property
    def folder(self) -> Path:
        """The var folder as an absolute path."""
        return self.var_folder.resolve()

    @property
    def bind(self) -> str:
        """Address and port to listen on, an IPv6 address in brackets."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def database(self) -> str:
        """The database's address, with its password where it has one."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.folder / 'ki67.sqlite3'}"

    @property
    def jobs_path(self) -> Path:
        """The job queue's own SQLite file."""
        return self.folder / "jobs.sqlite3"

    @property
    def objects_folder(self) -> Path:
        """Images and results lie here."""
        return self.folder / "objects"

    @property
    def key_file(self) -> Path:
        """TorchServe's tokens."""
        return self.torchserve_key_file or self.folder / "torchserve" / "key_file.json"
