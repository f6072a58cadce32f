"""Where the versions command finds things, unless its options say otherwise: the variables of `make run`."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from model_store.archive import ROOT


class OperatorSettings(BaseSettings):
    """Settings of one call; field names in capitals are the environment variables."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    ki67_var: Path = Field(default=ROOT / "var", description="folder of keys and archives")
    ki67_torchserve_inference_port: int = Field(default=8080, ge=1, le=65535)
    ki67_torchserve_management_port: int = Field(default=8081, ge=1, le=65535)
    gateway_host: str = Field(default="127.0.0.1")
    gateway_port: int = Field(default=8000, ge=1, le=65535)

    @property
    def gateway_url(self) -> str:
        """Return the gateway's address from here."""
        host = "127.0.0.1" if self.gateway_host in ("0.0.0.0", "::") else self.gateway_host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.gateway_port}"

    @property
    def inference_url(self) -> str:
        """Return TorchServe's address for scoring."""
        return f"http://127.0.0.1:{self.ki67_torchserve_inference_port}"

    @property
    def management_url(self) -> str:
        """Return TorchServe's address for its operator."""
        return f"http://127.0.0.1:{self.ki67_torchserve_management_port}"
