"""Where a pixel of a field lies on the screen while the viewer shows the whole field."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

BETWEEN_TAPS_MS = 60


@dataclass(frozen=True)
class FieldOnScreen:
    """The viewer's picture: scale in screen pixels per image pixel, and where the image begins."""

    page: Page
    scale: float
    left: float
    top: float

    @classmethod
    def of(cls, page: Page, width_px: int, height_px: int) -> "FieldOnScreen":
        """Wait until the field is there and find it."""
        place = page.locator(".field-place[data-state=shown]")
        place.wait_for()
        box = place.bounding_box()
        assert box is not None
        scale = min(box["width"] / width_px, box["height"] / height_px)
        left = box["x"] + (box["width"] - scale * width_px) / 2
        top = box["y"] + (box["height"] - scale * height_px) / 2
        return cls(page, scale, left, top)

    def tap(self, x: float, y: float) -> None:
        """Tap with a finger at a place of the image, pixel centres at whole numbers."""
        self.page.touchscreen.tap(*self._at(x, y))
        self.page.wait_for_timeout(BETWEEN_TAPS_MS)

    def click(self, x: float, y: float) -> None:
        """Click with the mouse."""
        self.page.mouse.click(*self._at(x, y))
        self.page.wait_for_timeout(BETWEEN_TAPS_MS)

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + (x + 0.5) * self.scale, self.top + (y + 0.5) * self.scale


def lonely(nuclei: Iterable[dict[str, Any]], apart_px: float) -> list[dict[str, Any]]:
    """Return the nuclei that have no neighbour so near that a mark could be taken for its."""
    listed = list(nuclei)
    return [
        each
        for each in listed
        if all(
            other is each or abs(complex(each["x"] - other["x"], each["y"] - other["y"])) > apart_px
            for other in listed
        )
    ]


def empty_spot(
    nuclei: Iterable[dict[str, Any]], width_px: int, height_px: int, apart_px: float
) -> tuple[int, int]:
    """Return a place of the field with no nucleus near it."""
    listed = list(nuclei)
    spots = ((x, y) for y in range(5, height_px - 5, 5) for x in range(5, width_px // 2, 5))
    return next(
        (x, y)
        for x, y in spots
        if all(abs(complex(x - each["x"], y - each["y"])) > apart_px for each in listed)
    )
