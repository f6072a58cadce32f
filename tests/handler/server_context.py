"""TorchServe's own context and request classes."""

import warnings

with warnings.catch_warnings():
    # ts/version.py leaves a file open when it is imported.
    warnings.simplefilter("ignore", ResourceWarning)
    from ts.context import Context, RequestProcessor

__all__ = ["Context", "RequestProcessor"]
