/** The nuclei as marks for the viewer: the model's, those of a try with other thresholds, or the corrected ones. */
import type { Mark, MarkKind, Point } from "../viewer/marks";
import type { Edits, Target } from "./edits";

export interface Nucleus {
  x: number;
  y: number;
  class: MarkKind;
  confidence: number;
  area_um2: number;
  dab_density: number;
}

export interface Shown {
  marks: Mark[];
  /** What each mark is. */
  targets: Target[];
}

interface Collection {
  features: { geometry: { coordinates: Point[][] } }[];
}

const HALF_PIXEL = 0.5;
const CORNERS = 24;
const USUAL_AREA_UM2 = 50;

/** Return the outlines of a GeoJSON export, from pixel centres; in the order of the nuclei. */
export function outlinesOf(collection: unknown): Point[][] {
  return (collection as Collection).features.map(({ geometry }) =>
    (geometry.coordinates[0] ?? []).slice(0, -1).map(([x, y]): Point => [x - HALF_PIXEL, y - HALF_PIXEL]),
  );
}

/** Return the model's nuclei; without outlines where there are none yet. */
export function modelMarks(nuclei: readonly Nucleus[], outlines: readonly Point[][]): Shown {
  return {
    marks: nuclei.map((nucleus, place) => markOf(nucleus, nucleus.class, outlines[place])),
    targets: nuclei.map((_, place) => ({ of: "model", place })),
  };
}

/** Return what is left, with every change signed; removed nuclei stay as a cross. */
export function correctedMarks(
  nuclei: readonly Nucleus[],
  outlines: readonly Point[][],
  edits: Edits,
  mpp: number,
): Shown {
  const removed = new Set(edits.removed);
  const classes = new Map(edits.relabelled.map((each) => [each.nucleus, each.class]));
  const kept = nuclei.map((nucleus, place): Mark => {
    const mark = markOf(nucleus, classes.get(place) ?? nucleus.class, outlines[place]);
    if (removed.has(place)) mark.state = "removed";
    else if (classes.has(place)) mark.state = "relabelled";
    return mark;
  });
  const radius = typicalRadius(nuclei, mpp);
  const added = edits.added.map((each): Mark => {
    return { x: each.x, y: each.y, kind: each.class, contour: circle(each, radius), state: "added" };
  });
  const targets: Target[] = [
    ...kept.map((_, place): Target => ({ of: "model", place })),
    ...added.map((_, place): Target => ({ of: "added", place })),
  ];
  return { marks: [...kept, ...added], targets };
}

function markOf(nucleus: Nucleus, kind: MarkKind, contour: Point[] | undefined): Mark {
  const mark: Mark = { x: nucleus.x, y: nucleus.y, kind };
  if (contour) mark.contour = contour;
  return mark;
}

/** The radius of a circle of the median area, in pixels. */
function typicalRadius(nuclei: readonly Nucleus[], mpp: number): number {
  const areas = nuclei.map((nucleus) => nucleus.area_um2).sort((one, next) => one - next);
  const median = areas[Math.floor(areas.length / 2)] ?? USUAL_AREA_UM2;
  return Math.sqrt(median / Math.PI) / mpp;
}

function circle({ x, y }: { x: number; y: number }, radius: number): Point[] {
  return Array.from({ length: CORNERS }, (_, corner): Point => {
    const angle = (2 * Math.PI * corner) / CORNERS;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });
}
