/**
 * Draws marks over the picture as vectors: outlines as paths in pixels of the image, drawn by a transform, and
 * markers of a steady size. Immunopositive: unbroken outline, filled round marker. Immunonegative: dashed
 * outline, hollow square marker. A state has a sign of its own around the marker.
 */
import type { Mark, MarkKind, MarkState, Point } from "./marks";
import { thinned } from "./marks";

/** Where the image's pixel 0,0 lies on the canvas and how large a pixel is there, in CSS pixels. */
export interface View {
  x: number;
  y: number;
  scale: number;
  width: number;
  height: number;
  density: number;
}

const COLOURS: Record<MarkKind, string> = { immunopositive: "#ffdd00", immunonegative: "#00e5ff" };
const STATES: Record<MarkState, string> = {
  right: "#00dc5a",
  missed: "#ffdd00",
  invented: "#ff28dc",
  mislabelled: "#00e5ff",
  added: "#ffffff",
  removed: "#ff8f8f",
  relabelled: "#ffffff",
};
const RIM = "rgb(0 0 0 / 75%)";
const BLOCK_PX = 512;
const COARSE_CORNERS = 12;
const FINE_FROM_PX = 26;
const OUTLINE_FROM_PX = 7;
const MARKER_FROM_PX = 4;

/** How strongly the two kinds of drawing are seen, from 0 to 1. */
export interface Strength {
  markers: number;
  outlines: number;
}

interface Block {
  left: number;
  top: number;
  right: number;
  bottom: number;
  places: number[];
  paths: Record<MarkKind, { fine: Path2D; coarse: Path2D }>;
}

/** Marks prepared for drawing: in blocks, so that only what is in view is drawn. */
export class Painting {
  private readonly blocks: Block[];
  private readonly typicalPx: number;

  constructor(private readonly marks: readonly Mark[]) {
    this.blocks = blocksOf(marks);
    this.typicalPx = typicalSize(marks);
  }

  /** Draw what is in view; the canvas is expected to be clear. */
  draw(canvas: CanvasRenderingContext2D, view: View, strength: Strength, selected: number | null): void {
    const seen = this.blocks.filter((block) => isSeen(block, view));
    const sizePx = this.typicalPx * view.scale;
    canvas.globalAlpha = strength.outlines;
    if (strength.outlines > 0 && sizePx >= OUTLINE_FROM_PX)
      drawOutlines(canvas, view, seen, sizePx >= FINE_FROM_PX);
    canvas.globalAlpha = strength.markers;
    if (strength.markers > 0) this.drawMarkers(canvas, view, seen, sizePx);
    canvas.globalAlpha = 1;
    const chosen = selected === null ? undefined : this.marks[selected];
    if (chosen) drawChosen(canvas, view, chosen, this.typicalPx);
  }

  private drawMarkers(canvas: CanvasRenderingContext2D, view: View, seen: Block[], sizePx: number): void {
    const radius = Math.min(4.5, Math.max(1.2, sizePx / 7));
    toScreen(canvas, view);
    const places = seen.flatMap((block) => block.places);
    const plain = places.filter((place) => this.marks[place]?.state !== "removed");
    for (const kind of ["immunonegative", "immunopositive"] as const) {
      const shown = plain.map((place) => this.marks[place] as Mark).filter((mark) => mark.kind === kind);
      drawMarkers(canvas, view, shown, kind, radius);
    }
    for (const place of places) {
      const mark = this.marks[place] as Mark;
      if (mark.state) drawState(canvas, onScreen(view, mark), mark.state, Math.max(7, radius * 2.4));
    }
  }
}

function blocksOf(marks: readonly Mark[]): Block[] {
  const blocks = new Map<string, Block>();
  marks.forEach((mark, place) => {
    const key = `${Math.floor(mark.x / BLOCK_PX)},${Math.floor(mark.y / BLOCK_PX)}`;
    const block = blocks.get(key) ?? newBlock(mark);
    blocks.set(key, block);
    addTo(block, mark, place);
  });
  return [...blocks.values()];
}

function newBlock({ x, y }: Mark): Block {
  const both = () => ({ fine: new Path2D(), coarse: new Path2D() });
  const paths = { immunopositive: both(), immunonegative: both() };
  return { left: x, top: y, right: x, bottom: y, places: [], paths };
}

function addTo(block: Block, mark: Mark, place: number): void {
  block.places.push(place);
  for (const [x, y] of mark.contour ?? [[mark.x, mark.y] as Point]) {
    block.left = Math.min(block.left, x);
    block.right = Math.max(block.right, x);
    block.top = Math.min(block.top, y);
    block.bottom = Math.max(block.bottom, y);
  }
  if (!mark.contour || mark.state === "removed") return;
  addOutline(block.paths[mark.kind].fine, mark.contour);
  addOutline(block.paths[mark.kind].coarse, thinned(mark.contour, COARSE_CORNERS));
}

function addOutline(path: Path2D, contour: Point[]): void {
  contour.forEach(([x, y], corner) => {
    if (corner === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  });
  path.closePath();
}

/** Return the usual width of a nucleus in pixels of the image: of its outlines, else of the gaps. */
function typicalSize(marks: readonly Mark[]): number {
  const sizes = marks
    .filter((mark) => mark.contour)
    .slice(0, 200)
    .map((mark) => {
      const across = (mark.contour as Point[]).map(([x]) => x);
      return Math.max(...across) - Math.min(...across);
    })
    .sort((one, other) => one - other);
  return sizes[Math.floor(sizes.length / 2)] ?? 30;
}

function isSeen(block: Block, view: View): boolean {
  const right = (view.width - view.x) / view.scale;
  const bottom = (view.height - view.y) / view.scale;
  const margin = 10 / view.scale;
  return (
    block.right >= -view.x / view.scale - margin &&
    block.bottom >= -view.y / view.scale - margin &&
    block.left <= right + margin &&
    block.top <= bottom + margin
  );
}

function toScreen(canvas: CanvasRenderingContext2D, view: View): void {
  canvas.setTransform(view.density, 0, 0, view.density, 0, 0);
  canvas.setLineDash([]);
}

function onScreen(view: View, { x, y }: { x: number; y: number }): Point {
  return [view.x + (x + 0.5) * view.scale, view.y + (y + 0.5) * view.scale];
}

function drawOutlines(canvas: CanvasRenderingContext2D, view: View, seen: Block[], isFine: boolean): void {
  const size = view.density * view.scale;
  const shift = 0.5 * size;
  canvas.setTransform(size, 0, 0, size, view.x * view.density + shift, view.y * view.density + shift);
  canvas.lineWidth = 1.8 / view.scale;
  canvas.lineJoin = "round";
  for (const kind of ["immunonegative", "immunopositive"] as const) {
    canvas.strokeStyle = COLOURS[kind];
    const dash = isFine ? [6, 4] : [3, 3];
    canvas.setLineDash(kind === "immunonegative" ? dash.map((length) => length / view.scale) : []);
    for (const block of seen) canvas.stroke(isFine ? block.paths[kind].fine : block.paths[kind].coarse);
  }
}

function drawMarkers(
  canvas: CanvasRenderingContext2D,
  view: View,
  marks: Mark[],
  kind: MarkKind,
  radius: number,
): void {
  const path = new Path2D();
  const isSmall = radius < MARKER_FROM_PX / 2;
  for (const mark of marks) {
    const [x, y] = onScreen(view, mark);
    if (kind === "immunonegative" || isSmall) path.rect(x - radius, y - radius, 2 * radius, 2 * radius);
    else {
      path.moveTo(x + radius, y);
      path.arc(x, y, radius, 0, 2 * Math.PI);
    }
  }
  if (kind === "immunopositive") {
    canvas.fillStyle = COLOURS[kind];
    if (!isSmall) stroke(canvas, path, RIM, 2);
    canvas.fill(path);
    return;
  }
  if (!isSmall) stroke(canvas, path, RIM, 3);
  stroke(canvas, path, COLOURS[kind], isSmall ? 1 : 1.5);
}

function stroke(canvas: CanvasRenderingContext2D, path: Path2D, colour: string, width: number): void {
  canvas.strokeStyle = colour;
  canvas.lineWidth = width;
  canvas.stroke(path);
}

function drawState(canvas: CanvasRenderingContext2D, [x, y]: Point, state: MarkState, size: number): void {
  const path = signOf(state, x, y, size);
  stroke(canvas, path, RIM, 4.5);
  stroke(canvas, path, STATES[state], 2.2);
}

/** Right: circle. Missed: square. Mislabelled: triangle. Invented, removed: cross. Added: plus. Relabelled: diamond. */
function signOf(state: MarkState, x: number, y: number, size: number): Path2D {
  const path = new Path2D();
  const line = (corners: Point[], isClosed = true) => {
    addOutlineAt(path, corners, x, y, size, isClosed);
  };
  if (state === "right") path.arc(x, y, size, 0, 2 * Math.PI);
  else if (state === "missed") path.rect(x - size, y - size, 2 * size, 2 * size);
  else if (state === "mislabelled") line(TRIANGLE);
  else if (state === "relabelled") line(DIAMOND);
  else for (const arm of state === "added" ? PLUS : CROSS) line(arm, false);
  return path;
}

const TRIANGLE: Point[] = [
  [0, -1.3],
  [1.2, 0.8],
  [-1.2, 0.8],
];
const DIAMOND: Point[] = [
  [0, -1.3],
  [1.3, 0],
  [0, 1.3],
  [-1.3, 0],
];
const CROSS: Point[][] = [
  [
    [-1, -1],
    [1, 1],
  ],
  [
    [-1, 1],
    [1, -1],
  ],
];
/** Four arms that leave the marker in the middle free. */
const PLUS: Point[][] = [
  [
    [-1.6, 0],
    [-0.8, 0],
  ],
  [
    [0.8, 0],
    [1.6, 0],
  ],
  [
    [0, -1.6],
    [0, -0.8],
  ],
  [
    [0, 0.8],
    [0, 1.6],
  ],
];

function addOutlineAt(path: Path2D, corners: Point[], x: number, y: number, size: number, isClosed: boolean) {
  corners.forEach(([dx, dy], corner) => {
    if (corner === 0) path.moveTo(x + dx * size, y + dy * size);
    else path.lineTo(x + dx * size, y + dy * size);
  });
  if (isClosed) path.closePath();
}

function drawChosen(canvas: CanvasRenderingContext2D, view: View, mark: Mark, typicalPx: number): void {
  toScreen(canvas, view);
  const [x, y] = onScreen(view, mark);
  const path = new Path2D();
  path.arc(x, y, Math.max(16, typicalPx * view.scale * 0.8), 0, 2 * Math.PI);
  stroke(canvas, path, RIM, 6);
  stroke(canvas, path, "#ffffff", 3);
}
