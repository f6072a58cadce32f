"""What a person may set for `make run`, from the environment; the only reader of it in this package."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model_store import SHIPPED_VERSIONS

ROOT = Path(__file__).resolve().parent.parent

Port = Annotated[int, Field(ge=1, le=65535)]


class StackSettings(BaseSettings):
    """Settings of one run; field names in capitals are the environment variables."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    gateway_host: str = Field(default="127.0.0.1", description="address the gateway listens on")
    gateway_port: Port = Field(default=8000, description="port of the gateway")
    ki67_var: Path = Field(default=ROOT / "var", description="folder of records, images, keys and logs")
    ki67_versions: str = Field(
        default=",".join(SHIPPED_VERSIONS),
        pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,31}(,[0-9A-Za-z][0-9A-Za-z._-]{0,31})*$",
        description="versions to serve, by comma; the first is the default",
    )
    ki67_torchserve_inference_port: Port = Field(default=8080, description="TorchServe, predictions")
    ki67_torchserve_management_port: Port = Field(default=8081, description="TorchServe, models")
    ki67_torchserve_metrics_port: Port = Field(default=8082, description="TorchServe, metrics")
    ki67_min_free_mib: int = Field(default=1024, ge=0, description="free space without which nothing starts")
    ki67_log_mib: int = Field(
        default=16, ge=1, description="a log is rotated at this size, one old file is kept"
    )
    ki67_start_timeout_s: float = Field(default=300, gt=0, description="seconds until all must be ready")

    @property
    def var(self) -> Path:
        """Return the data folder as an absolute path."""
        return self.ki67_var.resolve()

    @property
    def versions(self) -> list[str]:
        """Return the versions to serve, the default first, each once."""
        return list(dict.fromkeys(self.ki67_versions.split(",")))

    @property
    def gateway_url(self) -> str:
        """Return the address that programs of this machine use."""
        host = self._host_from_here
        return f"http://{f'[{host}]' if ':' in host else host}:{self.gateway_port}"

    @property
    def gateway_is_near(self) -> bool:
        """Tell whether that address is of the loopback, where no proxy can reach."""
        return self._host_from_here in ("127.0.0.1", "::1", "localhost")

    @property
    def _host_from_here(self) -> str:
        return "127.0.0.1" if self.gateway_host in ("0.0.0.0", "::") else self.gateway_host  # noqa: S104

    @property
    def ports(self) -> dict[str, int]:
        """Return every port that will be listened on, by the variable that sets it."""
        names = [name for name in type(self).model_fields if name.endswith("_port")]
        return {name.upper(): getattr(self, name) for name in names}


def describe() -> str:
    """Return a line a setting, for `--help`."""
    fields = StackSettings.model_fields.items()
    return "\n".join(f"  {name.upper():33} {field.description}" for name, field in fields)
