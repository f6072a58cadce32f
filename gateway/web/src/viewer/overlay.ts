/**
 * The canvas above the picture. It is drawn with every frame that moves; where that takes too long, the last
 * drawing is moved along (a transform of the whole canvas) and drawn anew at intervals and at rest.
 */
import type OpenSeadragon from "openseadragon";
import type { Mark } from "./marks";
import { Painting, type Strength, type View } from "./painting";

const SLOW_MS = 7;
const INTERVAL_MS = 160;
const MOST_DENSITY = 2;

export class Overlay {
  private readonly canvas = document.createElement("canvas");
  private painting = new Painting([]);
  private strength: Strength = { markers: 1, outlines: 1 };
  private selected: number | null = null;
  private drawn: View | null = null;
  private drawnAt = 0;
  private costMs = 0;
  private due = 0;

  constructor(
    private readonly viewer: OpenSeadragon.Viewer,
    private readonly imageWidthPx: number,
  ) {
    this.canvas.className = "field-marks";
    viewer.canvas.append(this.canvas);
    viewer.addHandler("update-viewport", () => this.follow());
    viewer.addHandler("animation-finish", () => this.draw());
    viewer.addHandler("resize", () => this.draw());
  }

  setMarks(marks: readonly Mark[]): void {
    this.painting = new Painting(marks);
    this.draw();
  }

  setStrength(strength: Strength): void {
    this.strength = strength;
    this.draw();
  }

  setSelected(selected: number | null): void {
    this.selected = selected;
    this.draw();
  }

  /** Return where the image lies in the viewer just now. */
  view(): View {
    const { viewport, container } = this.viewer;
    const bounds = viewport.getBounds(true);
    const [width, height] = [container.clientWidth, container.clientHeight];
    const perWidth = width / bounds.width;
    return {
      x: -bounds.x * perWidth,
      y: -bounds.y * perWidth,
      scale: perWidth / this.imageWidthPx,
      width,
      height,
      density: Math.min(MOST_DENSITY, window.devicePixelRatio || 1),
    };
  }

  close(): void {
    cancelAnimationFrame(this.due);
    this.canvas.remove();
  }

  private follow(): void {
    const isTooSlow = this.costMs > SLOW_MS && performance.now() - this.drawnAt < INTERVAL_MS;
    if (isTooSlow && this.drawn) this.move(this.drawn, this.view());
    else this.draw();
  }

  private move(from: View, to: View): void {
    const growth = to.scale / from.scale;
    const [x, y] = [to.x - from.x * growth, to.y - from.y * growth];
    this.canvas.style.transform = `translate(${x}px, ${y}px) scale(${growth})`;
    cancelAnimationFrame(this.due);
    this.due = requestAnimationFrame(() => this.rest());
  }

  /** Draw anew once nothing moves: the last frame of a movement may have been a moved one. */
  private rest(): void {
    if (performance.now() - this.drawnAt >= INTERVAL_MS) this.draw();
    else this.due = requestAnimationFrame(() => this.rest());
  }

  private draw(): void {
    const began = performance.now();
    const view = this.view();
    matchSize(this.canvas, view);
    const context = this.canvas.getContext("2d");
    if (!context || view.width === 0) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.painting.draw(context, view, this.strength, this.selected);
    this.canvas.style.transform = "";
    [this.drawn, this.drawnAt] = [view, performance.now()];
    this.costMs = this.drawnAt - began;
  }
}

function matchSize(canvas: HTMLCanvasElement, view: View): void {
  const [width, height] = [Math.round(view.width * view.density), Math.round(view.height * view.density)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
