"""The naive handler: image by image, Pillow, fp32 eager PyTorch, a loop over contours, base64 in JSON.

In: TorchServe's rows (image bytes). Out: for each a dictionary with counts, index, nuclei, and mask and heat
map as base64 PNGs. It counts as McConnell et al. 2021 do: the class map as a grey image, adaptive Gaussian
threshold, contours, the class read at each contour's centroid. A single file: all that is in the archive.
"""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import segmentation_models_pytorch as smp
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file

SIDE_PX = 256
GREY_OF_CLASS = {0: 0, 1: 127, 2: 255}
BLOCK_PX, OFFSET = 199, -5
SMALLEST_PX = 10


class NaiveHandler:
    """What TorchServe calls."""

    def initialize(self, context: Any) -> None:
        """Load network and weights."""
        folder = Path(context.system_properties["model_dir"])
        spec = json.loads((folder / "spec.json").read_text(encoding="utf-8"))["network"]
        self.network = smp.create_model(
            spec["architecture"], spec["encoder"], encoder_weights=None, classes=len(spec["outputs"])
        )
        weights = load_file(folder / "weights.safetensors")
        self.network.load_state_dict({name: value.float() for name, value in weights.items()})
        self.network.eval()
        self.mean, self.std = np.array(spec["mean"], np.float32), np.array(spec["std"], np.float32)

    def handle(self, data: Sequence[Mapping[str, Any]], _context: Any) -> list[dict[str, Any]]:
        """Score image by image."""
        return [self.score(bytes(row.get("body") or row.get("data") or b"")) for row in data]

    def score(self, file: bytes) -> dict[str, Any]:
        """Score one image."""
        image = Image.open(io.BytesIO(file)).convert("RGB").resize((SIDE_PX, SIDE_PX))
        probabilities = self.forward(np.asarray(image))
        classes = probabilities[:3].argmax(0).astype(np.uint8)
        nuclei = count(classes)
        positive = sum(nucleus["class"] == "immunopositive" for nucleus in nuclei)
        total = len(nuclei)
        heat = cv2.applyColorMap((probabilities[2] * 255).astype(np.uint8), cv2.COLORMAP_JET)
        return {
            "counts": {"immunopositive": positive, "immunonegative": total - positive, "total": total},
            "index_percent": 100 * positive / total if total else None,
            "nuclei": nuclei,
            "mask": png(grey_of(classes)),
            "heatmap": png(cv2.cvtColor(heat, cv2.COLOR_BGR2RGB)),
        }

    def forward(self, rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return probabilities (outputs, 256, 256) of an image (256, 256, 3)."""
        pixels = (rgb.astype(np.float32) / 255.0 - self.mean) / self.std
        with torch.no_grad():
            logits = self.network(torch.from_numpy(pixels.transpose(2, 0, 1)).unsqueeze(0))
            probabilities: NDArray[np.float32] = torch.softmax(logits[0, :3], 0).numpy()
        return probabilities


def count(classes: NDArray[np.uint8]) -> list[dict[str, Any]]:
    """Return a dictionary a contour whose centroid is no background."""
    binary = cv2.adaptiveThreshold(
        grey_of(classes), 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, BLOCK_PX, OFFSET
    )
    contours, _ = cv2.findContours(binary, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    nuclei = []
    for contour in contours:
        moments = cv2.moments(contour)
        if moments["m00"] < SMALLEST_PX:
            continue
        x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
        label = int(classes[int(y), int(x)])
        if label == 0:
            continue
        outline = [[int(point[0][0]), int(point[0][1])] for point in contour]
        name = "immunopositive" if label == 2 else "immunonegative"
        nuclei.append({"x": x, "y": y, "class": name, "area_px": moments["m00"], "outline": outline})
    return nuclei


def grey_of(classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the class map as a grey image."""
    grey = np.zeros_like(classes)
    for label, level in GREY_OF_CLASS.items():
        grey[classes == label] = level
    return grey


def png(pixels: Any) -> str:
    """Return a picture as a base64 PNG."""
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, format="PNG")
    return base64.b64encode(target.getvalue()).decode("ascii")
