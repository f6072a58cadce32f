/** Nuclei as the viewer draws them: places and outlines in pixels of the image, pixel centres at whole numbers. */

export type MarkKind = "immunopositive" | "immunonegative";
export type MarkState = "missed" | "invented" | "mislabelled" | "right" | "added" | "removed" | "relabelled";
export type Point = [number, number];

export interface Mark {
  x: number;
  y: number;
  kind: MarkKind;
  contour?: Point[];
  state?: MarkState;
}

/** Finds the mark nearest to a place without looking at all of them. */
export class MarkIndex {
  private readonly cells = new Map<string, number[]>();

  constructor(
    private readonly marks: readonly Mark[],
    private readonly cellPx = 64,
  ) {
    marks.forEach((mark, place) => {
      const key = this.key(this.cell(mark.x), this.cell(mark.y));
      const known = this.cells.get(key);
      if (known) known.push(place);
      else this.cells.set(key, [place]);
    });
  }

  /** Return the place in the list of the nearest mark at most `reachPx` away, null where there is none. */
  nearest(x: number, y: number, reachPx: number): number | null {
    let found: number | null = null;
    let least = reachPx;
    for (const place of this.around(x, y, reachPx)) {
      const mark = this.marks[place];
      const distance = mark ? Math.hypot(mark.x - x, mark.y - y) : Number.POSITIVE_INFINITY;
      if (distance <= least) [found, least] = [place, distance];
    }
    return found;
  }

  private *around(x: number, y: number, reachPx: number): Generator<number> {
    const [left, right] = [this.cell(x - reachPx), this.cell(x + reachPx)];
    const [top, bottom] = [this.cell(y - reachPx), this.cell(y + reachPx)];
    if ((right - left + 1) * (bottom - top + 1) > this.cells.size) yield* this.marks.keys();
    else
      for (let column = left; column <= right; column++)
        for (let row = top; row <= bottom; row++) yield* this.cells.get(this.key(column, row)) ?? [];
  }

  private cell(value: number): number {
    return Math.floor(value / this.cellPx);
  }

  private key(column: number, row: number): string {
    return `${column},${row}`;
  }
}

/** Keep at most `most` corners of an outline, evenly: enough where it is small on the screen. */
export function thinned(contour: Point[], most: number): Point[] {
  if (contour.length <= most) return contour;
  const step = contour.length / most;
  return Array.from({ length: most }, (_, place) => contour[Math.floor(place * step)] as Point);
}
