"""Where the gateway is and how to identify oneself, from the environment or from what `make run` wrote."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class NoKeyError(Exception):
    """No API key is at hand; the message is a sentence."""


class ClientSettings(BaseSettings):
    """Settings of the client; field names in capitals are the environment variables."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    ki67_url: str | None = Field(default=None, description="address of the gateway")
    gateway_port: int = Field(default=8000, description="port of a gateway on this machine")
    ki67_api_key: SecretStr | None = Field(default=None, description="the API key itself")
    ki67_api_key_file: Path | None = Field(default=None, description="or a file that holds it")
    ki67_var: Path = Field(default=ROOT / "var", description="data folder of `make run`")

    @property
    def url(self) -> str:
        """Return the gateway's address."""
        return self.ki67_url or f"http://127.0.0.1:{self.gateway_port}"

    @property
    def overlay_folder(self) -> Path:
        """Return the folder of overlays."""
        return self.ki67_var / "scores"

    def read_key(self) -> str:
        """Return the API key; raises NoKeyError where there is none."""
        if self.ki67_api_key:
            return self.ki67_api_key.get_secret_value()
        path = self.ki67_api_key_file or self.ki67_var / "api-key"
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise NoKeyError(
                f"No API key in {path} ({error.strerror}); start the services with `make run`, or set "
                "KI67_API_KEY or KI67_API_KEY_FILE."
            ) from error
