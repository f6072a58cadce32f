"""Where the versions command and a container find things: variables of `make run` and of a cluster."""

import socket
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model_store import DEFAULT_VERSION
from model_store.archive import ROOT
from model_store.failures import UnreachableError


class OperatorSettings(BaseSettings):
    """Settings of one call; field names in capitals are the environment variables."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    ki67_var: Path = Field(default=ROOT / "var", description="folder of keys and archives")
    ki67_torchserve_inference_port: int = Field(default=8080, ge=1, le=65535)
    ki67_torchserve_management_port: int = Field(default=8081, ge=1, le=65535)
    ki67_torchserve_metrics_port: int = Field(default=8082, ge=1, le=65535)
    gateway_host: str = Field(default="127.0.0.1")
    gateway_port: int = Field(default=8000, ge=1, le=65535)

    ki67_archives: Path | None = Field(default=None, description="default: model-archives in the var folder")
    ki67_gateway_url: str | None = Field(default=None, description="default: the gateway of this machine")
    ki67_operator_key_file: Path | None = Field(
        default=None, description="default: operator-key in the var folder"
    )
    ki67_torchserve_headless: str | None = Field(
        default=None,
        description="name behind which all TorchServes of a cluster are; default: this machine's",
    )

    @property
    def archives(self) -> Path:
        """Return the folder of archives."""
        return (self.ki67_archives or self.ki67_var / "model-archives").resolve()

    @property
    def operator_key(self) -> Path:
        """Return the file of the operator's key."""
        return (self.ki67_operator_key_file or self.ki67_var / "operator-key").resolve()

    @property
    def key_file(self) -> Path:
        """Return the file of TorchServe's keys; those of a cluster have none."""
        return self.ki67_var.resolve() / "torchserve" / "key_file.json"

    @property
    def gateway_url(self) -> str:
        """Return the gateway's address from here."""
        host = "127.0.0.1" if self.gateway_host in ("0.0.0.0", "::") else self.gateway_host  # noqa: S104
        return self.ki67_gateway_url or f"http://{_in_brackets(host)}:{self.gateway_port}"

    def hosts(self) -> list[str]:
        """Return where TorchServe runs, in a cluster everywhere; raises UnreachableError where nowhere."""
        if self.ki67_torchserve_headless is None:
            return ["127.0.0.1"]
        try:
            found = socket.getaddrinfo(self.ki67_torchserve_headless, None, type=socket.SOCK_STREAM)
        except OSError as error:
            raise UnreachableError(
                f"no TorchServe is ready behind {self.ki67_torchserve_headless}"
            ) from error
        return sorted({_in_brackets(str(address[4][0])) for address in found})


class ContainerSettings(OperatorSettings):
    """Settings of a TorchServe in a container."""

    ki67_versions: str = Field(
        default=DEFAULT_VERSION,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,31}(,[0-9A-Za-z][0-9A-Za-z._-]{0,31})*$",
        description="versions to serve while the gateway cannot be asked, by comma; the first is the default",
    )
    ki67_networks: Path | None = Field(default=None, description="networks that the image has converted")
    ki67_bind: Literal["127.0.0.1", "0.0.0.0"] = Field(default="127.0.0.1")  # noqa: S104 - only where asked
    ki67_tokens: Literal["on", "off"] = Field(
        default="on", description="whether callers need TorchServe's keys"
    )
    ki67_drain_s: float = Field(default=60.0, ge=0, description="longest time from SIGTERM to the end")

    @property
    def versions(self) -> list[str]:
        """Return the configured versions, the default first, each once."""
        return list(dict.fromkeys(self.ki67_versions.split(",")))


def _in_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host else host
