/** The marks of one attempt: every change makes a new state, and every change can be undone. */
import type { Mark } from "../viewer/marks";

export type Kind = Mark["kind"];
export const KINDS: Kind[] = ["immunopositive", "immunonegative"];
export const MOST_MARKS = 20_000;

export interface Point {
  x: number;
  y: number;
  kind: Kind;
}

type Step = { undo: "remove-last" } | { undo: "put-back"; at: number; mark: Point };

export interface Marking {
  marks: Point[];
  steps: Step[];
}

export const NOTHING: Marking = { marks: [], steps: [] };

/** Mark a nucleus; a place outside the image, or one mark too many, changes nothing. */
export function added(state: Marking, mark: Point, widthPx: number, heightPx: number): Marking {
  const isInside = mark.x >= -0.5 && mark.y >= -0.5 && mark.x < widthPx - 0.5 && mark.y < heightPx - 0.5;
  if (!isInside || state.marks.length >= MOST_MARKS) return state;
  return { marks: [...state.marks, mark], steps: [...state.steps, { undo: "remove-last" }] };
}

/** Remove the mark at that place of the list. */
export function removed(state: Marking, at: number): Marking {
  const mark = state.marks[at];
  if (!mark) return state;
  return {
    marks: state.marks.filter((_, index) => index !== at),
    steps: [...state.steps, { undo: "put-back", at, mark }],
  };
}

/** Take the last change back. */
export function undone(state: Marking): Marking {
  const step = state.steps.at(-1);
  if (!step) return state;
  const steps = state.steps.slice(0, -1);
  if (step.undo === "remove-last") return { marks: state.marks.slice(0, -1), steps };
  return { marks: state.marks.toSpliced(step.at, 0, step.mark), steps };
}

/** Count the marks of one class. */
export function countOf(state: Marking, kind: Kind): number {
  return state.marks.filter((mark) => mark.kind === kind).length;
}

/** Write the marks as the interface takes them. */
export function sentMarks(state: Marking): { x: number; y: number; class: Kind }[] {
  return state.marks.map(({ x, y, kind }) => ({ x: round(x), y: round(y), class: kind }));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
