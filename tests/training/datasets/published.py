"""Small data sets written as their publications describe them, from phantoms."""

import json
from pathlib import Path

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

from training.phantoms import Phantom, draw_phantom

CLASSES = {"positive": 1, "negative": 2}


def field(seed: int, side_px: int = 64) -> Phantom:
    return draw_phantom(seed, side_px, side_px)


def write_rgb(path: Path, rgb: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(path.suffix, np.ascontiguousarray(rgb[..., ::-1]))
    path.write_bytes(data.tobytes())


def write_shidc(folder: Path, name: str, phantom: Phantom) -> None:
    write_rgb(folder / f"{name}.jpg", phantom.rgb)
    points = [{"x": p.x, "y": p.y, "label_id": p.label_id} for p in phantom.points]
    (folder / f"{name}.json").write_text(json.dumps(points), "utf-8")


def write_bcdata(folder: Path, split: str, name: str, phantom: Phantom) -> None:
    write_rgb(folder / "images" / split / f"{name}.png", phantom.rgb)
    for kind, label in CLASSES.items():
        path = folder / "annotations" / split / kind / f"{name}.h5"
        path.parent.mkdir(parents=True, exist_ok=True)
        points = [(p.x, p.y) for p in phantom.points if p.label_id == label]
        with h5py.File(path, "w") as file:
            file["coordinates"] = np.array(points, np.int64).reshape(-1, 2)


def write_deepliif(folder: Path, name: str, phantom: Phantom) -> None:
    segmentation = np.zeros_like(phantom.rgb)
    segmentation[phantom.class_map == 2] = (255, 0, 0)
    segmentation[phantom.class_map == 1] = (0, 0, 255)
    edges = cv2.morphologyEx(
        phantom.instance_map.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)
    )
    segmentation[edges > 0] = (0, 255, 0)
    blank = np.zeros_like(phantom.rgb)
    write_rgb(folder / f"{name}.png", np.hstack([phantom.rgb, blank, blank, blank, blank, segmentation]))


def write_qupath(folder: Path, name: str, phantom: Phantom) -> None:
    write_rgb(folder / f"{name}.png", phantom.rgb)
    names = {1: "Tumor: Positive", 2: "Tumor: Negative", 3: "Lymphocyte"}
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [p.x + 0.5, p.y + 0.5]},
            "properties": {"objectType": "annotation", "classification": {"name": names[p.label_id]}},
        }
        for p in phantom.points
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (folder / f"{name}.geojson").write_text(json.dumps(collection), "utf-8")
