"""TorchServe's own context, request and metrics classes."""

import warnings
from pathlib import Path

with warnings.catch_warnings():
    # ts/version.py leaves a file open when it is imported.
    warnings.simplefilter("ignore", ResourceWarning)
    from ts.context import Context, RequestProcessor
    from ts.metrics.metric_cache_yaml_impl import MetricsCacheYamlImpl

__all__ = ["Context", "RequestProcessor", "declared_metrics"]


def declared_metrics(path: Path) -> MetricsCacheYamlImpl:
    """Return the metrics that a file declares; TorchServe leaves that file open."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        metrics = MetricsCacheYamlImpl(str(path))
        metrics.initialize_cache()
    return metrics
