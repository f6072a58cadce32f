"""Annotated images small enough to work out by hand, and what a system answers to them."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE_PX = 64
Nucleus = tuple[float, float, str, float]
"""x, y, class, confidence."""


def write_field(
    folder: Path,
    name: str,
    points: list[tuple[float, float, int]],
    class_map: NDArray[np.uint8] | None = None,
) -> Path:
    """Write a white image with its points (x, y, label), and its class map where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    image = folder / f"{name}.png"
    cv2.imwrite(str(image), np.full((SIDE_PX, SIDE_PX, 3), 255, np.uint8))
    rows = [{"x": x, "y": y, "label_id": label} for x, y, label in points]
    image.with_suffix(".json").write_text(json.dumps(rows))
    if class_map is not None:
        (folder / "class_maps").mkdir(exist_ok=True)
        cv2.imwrite(str(folder / "class_maps" / f"{name}.png"), class_map)
    return image


def answer(nuclei: list[Nucleus]) -> dict[str, Any]:
    """Return what a system answers, as far as evaluation reads it."""
    positive = sum(kind == "immunopositive" for *_, kind, _ in nuclei)
    return {
        "image": {"width_px": SIDE_PX, "height_px": SIDE_PX},
        "index_percent": 100 * positive / len(nuclei) if nuclei else None,
        "nuclei": [{"x": x, "y": y, "class": kind, "confidence": sure} for x, y, kind, sure in nuclei],
    }


def squares(*placed: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return a class map with squares: left, top, side, class."""
    classes = np.zeros((SIDE_PX, SIDE_PX), np.uint8)
    for left, top, side, label in placed:
        classes[top : top + side, left : left + side] = label
    return classes
