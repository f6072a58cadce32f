/**
 * One field on the screen: OpenSeadragon shows image, mask and heat map; marks lie on a canvas above them.
 *
 * OpenSeadragon is loaded when the first field is opened, as a file of its own.
 */
import type OpenSeadragon from "openseadragon";
import { type Mark, MarkIndex } from "./marks";
import { Overlay } from "./overlay";
import { levelsOf } from "./pyramid";
import { slicedSource } from "./source";

export interface Field {
  analysisId: string;
  widthPx: number;
  heightPx: number;
}

export type LayerName = "image" | "mask" | "heatmap";

export interface Tap {
  x: number;
  y: number;
  nearest: number | null;
}

export interface Listeners {
  onTap: (tap: Tap) => void;
  onShown: () => void;
  onFailed: () => void;
}

const PATHS: Record<LayerName, string> = {
  image: "image.jpg",
  mask: "mask.png?style=layer",
  heatmap: "heatmap.png",
};
/** Layers need no more: outlines are drawn as vectors. */
const LARGEST_LAYER_PX = 4096;
const REACH_PX = 26;
const ZOOM_STEP = 1.6;

/** Load OpenSeadragon and open the field in `place`. */
export async function openScene(place: HTMLElement, field: Field, listeners: Listeners): Promise<Scene> {
  const library = (await import("openseadragon")).default;
  forbidInlineStyle();
  return new Scene(library, place, field, listeners);
}

/** OpenSeadragon would write a style element, which the page's policy forbids; one that is there it leaves. */
function forbidInlineStyle(): void {
  const mark = "data-openseadragon-mobile-css";
  if (document.querySelector(`style[${mark}]`)) return;
  const stand = document.createElementNS("urn:ki67:none", "style");
  stand.setAttribute(mark, "true");
  document.head.append(stand);
}

export class Scene {
  private readonly viewer: OpenSeadragon.Viewer;
  private readonly overlay: Overlay;
  private readonly stopped = new AbortController();
  private readonly layers = new Map<LayerName, OpenSeadragon.TiledImage | null>();
  private readonly opacities: Record<LayerName, number> = { image: 1, mask: 0, heatmap: 0 };
  private index = new MarkIndex([]);

  constructor(
    library: typeof OpenSeadragon,
    place: HTMLElement,
    private readonly field: Field,
    private readonly listeners: Listeners,
  ) {
    this.viewer = library({ ...settings(), element: place });
    this.overlay = new Overlay(this.viewer, field.widthPx);
    this.viewer.addHandler("canvas-click", (event) => {
      if (event.quick) this.tapAt(event.position);
    });
    this.viewer.addHandler("tile-load-failed", () => this.listeners.onFailed());
    this.viewer.addOnceHandler("tile-drawn", () => this.listeners.onShown());
    this.viewer.canvas.addEventListener("keydown", this.onKey);
    this.setLayer("image", 1);
  }

  /** Say what the picture is, to those who do not see it. */
  describe(label: string, hint: string): void {
    const canvas = this.viewer.canvas;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", label);
    canvas.setAttribute("aria-roledescription", hint);
  }

  /** Show a layer so strongly; it is loaded when it is first to be seen. */
  setLayer(name: LayerName, opacity: number): void {
    this.opacities[name] = opacity;
    const layer = this.layers.get(name);
    if (layer) layer.setOpacity(opacity);
    else if (layer === undefined && opacity > 0) this.load(name);
  }

  setMarks(marks: readonly Mark[]): void {
    this.index = new MarkIndex(marks);
    this.overlay.setMarks(marks);
  }

  setStrength(markers: number, outlines: number): void {
    this.overlay.setStrength({ markers, outlines });
  }

  setSelected(selected: number | null): void {
    this.overlay.setSelected(selected);
  }

  zoom(direction: 1 | -1): void {
    this.viewer.viewport.zoomBy(direction > 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
    this.viewer.viewport.applyConstraints();
  }

  home(): void {
    this.viewer.viewport.goHome();
  }

  close(): void {
    this.stopped.abort();
    this.overlay.close();
    this.viewer.destroy();
  }

  private load(name: LayerName): void {
    this.layers.set(name, null);
    const { analysisId, widthPx, heightPx } = this.field;
    const url = `/api/v1/analyses/${encodeURIComponent(analysisId)}/${PATHS[name]}`;
    const largest = name === "image" ? Number.POSITIVE_INFINITY : LARGEST_LAYER_PX;
    const levels = levelsOf(url, widthPx, heightPx, largest);
    this.viewer.addTiledImage({
      tileSource: slicedSource({ levels, widthPx, heightPx }, this.stopped.signal),
      opacity: this.opacities[name],
      index: name === "image" ? 0 : this.viewer.world.getItemCount(),
      success: (event) => this.loaded(name, (event as unknown as { item: OpenSeadragon.TiledImage }).item),
    });
  }

  private loaded(name: LayerName, item: OpenSeadragon.TiledImage): void {
    this.layers.set(name, item);
    item.setOpacity(this.opacities[name]);
    if (name === "image") this.viewer.viewport.goHome(true);
  }

  private tapAt(position: OpenSeadragon.Point): void {
    const scale = this.overlay.view().scale;
    const place = this.viewer.viewport.viewerElementToViewportCoordinates(position);
    const x = place.x * this.field.widthPx - 0.5;
    const y = place.y * this.field.widthPx - 0.5;
    if (x < -0.5 || y < -0.5 || x > this.field.widthPx - 0.5 || y > this.field.heightPx - 0.5) return;
    this.listeners.onTap({ x, y, nearest: this.index.nearest(x, y, Math.max(REACH_PX / scale, 10)) });
  }

  /** Enter taps what is in the middle, where a cross shows while the keyboard has the picture. */
  private readonly onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    const { width, height } = this.overlay.view();
    this.tapAt(middle(this.viewer, width, height));
  };
}

function middle(viewer: OpenSeadragon.Viewer, width: number, height: number): OpenSeadragon.Point {
  const point = viewer.viewport.getCenter(true).clone();
  point.x = width / 2;
  point.y = height / 2;
  return point;
}

function settings(): OpenSeadragon.Options {
  const calm = { clickToZoom: false, dblClickToZoom: false, pinchRotate: false, flickEnabled: true };
  const animates = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    drawer: "canvas",
    showNavigationControl: false,
    animationTime: animates ? 0.5 : 0,
    visibilityRatio: 0.6,
    minZoomImageRatio: 0.8,
    maxZoomPixelRatio: 8,
    imageLoaderLimit: 6,
    maxImageCacheCount: 200,
    timeout: 300_000,
    gestureSettingsMouse: calm,
    gestureSettingsTouch: calm,
    gestureSettingsPen: calm,
    gestureSettingsUnknown: calm,
  };
}
