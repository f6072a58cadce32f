"""Picks the runtime: a version, the machine and the configuration's wishes in, an engine out.

    GPU and a CUDA build of PyTorch  -> torch, bf16
    CPU and OpenVINO installed       -> openvino, bf16 where the CPU computes in it, else fp32
    else                             -> torch, fp32

Each is imported only where it is chosen: a worker on a CPU never loads PyTorch.
"""

import importlib.util
import logging
from pathlib import Path

from handler.engines.interface import Engine, EngineSettings, Precision
from handler.spec import ModelSpec

logger = logging.getLogger(__name__)


def choose_engine(
    spec: ModelSpec,
    weights: Path,
    settings: EngineSettings,
    gpu: int | None = None,
    cache: Path | None = None,
) -> Engine:
    """Build the engine of a version on GPU number `gpu`, or on the CPU where it is None or no GPU works.

    `cache` keeps converted networks, by default the user's. Raises RuntimeError where the weights do not
    fit the network or the configuration asks for what this machine lacks.
    """
    usable_gpu = gpu if _has_gpu(gpu) else None
    engine = _openvino(spec, weights, settings, cache) if _is_openvinos(settings, usable_gpu) else None
    engine = engine or _torch(spec, weights, settings, usable_gpu)
    logger.info("engine: %s %s on %s, %d lanes", engine.name, engine.precision, engine.device, engine.lanes)
    return engine


def _is_openvinos(settings: EngineSettings, gpu: int | None) -> bool:
    """Tell whether OpenVINO is to run the network; raises RuntimeError where it must and is not there."""
    installed = importlib.util.find_spec("openvino") is not None
    if settings.engine == "openvino" or settings.precision == "int8":
        if not installed:
            raise RuntimeError("the configuration asks for OpenVINO, which is not installed")
        return True
    if settings.engine == "auto" and gpu is None and not installed:
        logger.warning("OpenVINO is not installed: PyTorch runs the network, three times slower")
    return settings.engine == "auto" and gpu is None and installed


def _openvino(spec: ModelSpec, weights: Path, settings: EngineSettings, cache: Path | None) -> Engine | None:
    """Return OpenVINO's engine, or None where `auto` may do without a network that it cannot run."""
    from handler.engines.conversion import ConversionError  # noqa: PLC0415
    from handler.engines.openvino_cpu import computes_in_bf16, openvino_engine  # noqa: PLC0415

    precision: Precision = settings.precision or ("bf16" if computes_in_bf16() else "fp32")
    try:
        return openvino_engine(spec.network, weights, precision, settings, cache)
    except (ConversionError, OSError) as error:
        if settings.engine == "openvino" or precision == "int8":
            raise
        logger.warning("%s; PyTorch runs the network", error)
        return None


def _torch(spec: ModelSpec, weights: Path, settings: EngineSettings, gpu: int | None) -> Engine:
    from handler.engines.pytorch import torch_engine  # noqa: PLC0415

    return torch_engine(spec, weights, settings, gpu)


def _has_gpu(gpu: int | None) -> bool:
    """Tell whether GPU number `gpu` can be used; PyTorch is not asked where TorchServe gave none."""
    if gpu is None:
        return False
    import torch  # noqa: PLC0415

    usable = 0 <= gpu < torch.cuda.device_count()
    if not usable:
        logger.warning("there is no GPU number %d that PyTorch can use: the CPU runs the network", gpu)
    return usable
