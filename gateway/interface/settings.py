"""Settings of the interface as a whole: rate limits, other origins, proxies, traces."""

import re
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

INTERFACE_SECRETS = ("rate_limit_storage",)
_RATE = r"^[1-9]\d{0,8} per ([1-9]\d{0,4} )?(second|minute|hour)s?$"
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
_STORAGE = re.compile(r"memory://|(rediss?|valkeys?)(\+[a-z]+)?://\S+")


class InterfaceSettings(BaseSettings):
    """How often somebody may ask, which pages may, what is believed of proxies, where traces go."""

    rate_limits_enabled: bool = Field(default=True, description="off where a proxy limits requests already")
    rate_limit_default: str = Field(
        default="30000 per minute",
        pattern=_RATE,
        description="requests with one key or session; so high that a program which scores crop by crop at "
        "full speed on a large machine passes, and one that loops for nothing does not",
    )
    rate_limit_address: str = Field(
        default="300 per minute",
        pattern=_RATE,
        description="requests from one address (IPv6: one /64) without a valid key or session, failed ones "
        "among them; a class of a hundred signs in from one address within a minute",
    )
    rate_limit_storage: SecretStr = Field(
        default=SecretStr("memory://"),
        description="where requests are counted; memory:// counts in each gunicorn process for itself, so "
        "several let that many times more pass; redis://… counts for all and needs the package redis; also "
        "GATEWAY_RATE_LIMIT_STORAGE_FILE",
    )

    cors_origins: str = Field(
        default="",
        description="other origins whose pages may use the interface, by comma: https://lab.example; none "
        "by default, and never *",
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=8,
        description="proxies in front, each of which adds to X-Forwarded-For and X-Forwarded-Proto; one too "
        "many here lets clients choose their address",
    )
    hsts_seconds: int = Field(
        default=31_536_000,
        ge=0,
        description="in production browsers come back over HTTPS alone for so long; 0 does not ask for it",
    )

    otlp_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="OpenTelemetry collector that takes OTLP over HTTP (http://collector:4318); default: no "
        "traces",
    )
    worker_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="the worker tells its own metrics there, on the gateway's host; default: nowhere",
    )

    @model_validator(mode="after")
    def _is_understood(self) -> Self:
        for origin in self.other_origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} in cors_origins is no origin such as https://lab.example")
        if not _STORAGE.fullmatch(self.rate_limit_storage.get_secret_value()):
            raise ValueError("rate_limit_storage is neither memory:// nor the address of a Redis server")
        return self

    @property
    def other_origins(self) -> list[str]:
        """The origins besides the gateway's own."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]
