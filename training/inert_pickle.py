"""Weights out of PyTorch files of any kind, running none of their code: file in, tensors by name out.

A file of weights alone is a dictionary. A file of a whole model is a pickle that names classes; here each
class of a network library becomes an inert stand-in that only holds what it was given, and its parameters
and buffers are collected. Anything else that a pickle names is refused before it can be called.
"""

import pickle
import warnings
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch._utils import _rebuild_parameter, _rebuild_tensor, _rebuild_tensor_v2

_HARMLESS: Mapping[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("torch", "Size"): torch.Size,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor_v2,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
}
_NETWORK_LIBRARIES = ("torch.nn", "torchvision.models", "segmentation_models_pytorch", "timm", "__main__")
_DEEPEST = 64
_STATE_KEYS = ("state_dict", "model_state_dict", "model")


class UnsafeFileError(ValueError):
    """A file cannot be read as weights, or names code that weights do not need."""


class Inert:
    """Stands in for an object of a network library: takes anything, does nothing."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> "Inert":
        """Make one whatever it is given."""
        return super().__new__(cls)

    def __init__(self, *_arguments: Any, **_named: Any) -> None:
        """Keep nothing."""


class _InertUnpickler(pickle.Unpickler):
    """Resolves names to tensors' own parts and to stand-ins, and to nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _HARMLESS:
            return _HARMLESS[module, name]
        if any(module == library or module.startswith(f"{library}.") for library in _NETWORK_LIBRARIES):
            return type(name.replace(".", "_"), (Inert,), {})
        raise UnsafeFileError(
            f"the file wants to call {module}.{name}, which no weights need; it was not read. "
            "Ask its author for a state dict."
        )


def _load(file: Any, **named: Any) -> Any:
    return _InertUnpickler(file, **named).load()


_INERT = SimpleNamespace(
    __name__="inert_pickle", Unpickler=_InertUnpickler, load=_load, UnpicklingError=pickle.UnpicklingError
)


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return parameters and buffers by name, without `module.` in front.

    Takes a state dict, bare or in a checkpoint, or a whole model. Raises UnsafeFileError where the file is
    something else, or would run code.
    """
    loaded = _loaded(path)
    if isinstance(loaded, dict):
        loaded = next((loaded[key] for key in _STATE_KEYS if key in loaded), loaded)
    state = dict(_collected(loaded)) if isinstance(loaded, Inert) else loaded
    if not isinstance(state, dict):
        raise UnsafeFileError(f"{path.name} holds neither a state dict nor a model")
    tensors = {str(name): value.detach() for name, value in state.items() if isinstance(value, torch.Tensor)}
    if not tensors or len(tensors) < len(state):
        raise UnsafeFileError(f"{path.name} holds something other than tensors by name")
    return {name.removeprefix("module."): value for name, value in tensors.items()}


def _loaded(path: Path) -> Any:
    """Unpickle with stand-ins; both forms that `torch.save` has had go through the same names."""
    if zipfile.is_zipfile(path) and any(
        name.endswith("constants.pkl") for name in zipfile.ZipFile(path).namelist()
    ):
        raise UnsafeFileError(f"{path.name} is a TorchScript program; ask its author for a state dict")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old files carry the source of their classes
            return torch.load(path, map_location="cpu", pickle_module=_INERT, weights_only=False)
    except UnsafeFileError:
        raise
    except Exception as error:  # whatever a broken file can end with
        raise UnsafeFileError(f"{path.name} is no PyTorch file: {type(error).__name__}") from error


def _collected(module: Inert, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield parameters and buffers as `nn.Module.state_dict` names them."""
    if depth > _DEEPEST:
        raise UnsafeFileError("the model is nested without end")
    transient = _part(module, "_non_persistent_buffers_set", set)
    for kind in ("_parameters", "_buffers"):
        for name, value in _part(module, kind, dict).items():
            if isinstance(value, torch.Tensor) and not (kind == "_buffers" and name in transient):
                yield f"{prefix}{name}", value
    for name, inner in _part(module, "_modules", dict).items():
        if isinstance(inner, Inert):
            yield from _collected(inner, f"{prefix}{name}.", depth + 1)


def _part(module: Inert, name: str, kind: type[Any]) -> Any:
    value = vars(module).get(name)
    return value if isinstance(value, kind) else kind()
