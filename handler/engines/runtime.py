"""OpenVINO, imported so that it tells nobody: its tools send statistics of use unless they are kept from it.

Raises ImportError where OpenVINO is not installed.
"""

import sys

# Its tools do without the package that sends; patient data's machines call nobody.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]

import openvino  # noqa: E402

__all__ = ["openvino"]
