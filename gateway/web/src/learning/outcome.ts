/** What became of marks and nuclei, as marks of the picture. */
import type { components } from "../api/schema";
import { strings } from "../strings";
import type { Mark } from "../viewer/marks";
import type { Kind } from "./marking";

export type Annotation = components["schemas"]["AnnotationOut"];
export const STATES = ["right", "missed", "invented", "mislabelled"] as const;
export type State = (typeof STATES)[number];

/** A mark that knows what is to be said about it. */
export interface Told extends Mark {
  state: State;
  words: string;
}

const words = strings.learning;

/** Return the marks of the chosen states; nuclei at their own places, invented ones where they were marked. */
export function marksOf(outcome: Annotation["outcome"], states: ReadonlySet<State>): Told[] {
  return STATES.filter((state) => states.has(state)).flatMap((state) =>
    outcome[state].map((each) => ({
      x: each.x,
      y: each.y,
      kind: each.class,
      state,
      words: tell(state, each.class, "marked_as" in each ? (each.marked_as as Kind) : null),
    })),
  );
}

function tell(state: State, kind: Kind, markedAs: Kind | null): string {
  const named = strings.classes[kind];
  if (state !== "mislabelled") return words.told[state](named);
  return words.told.mislabelled(named, markedAs ? strings.classes[markedAs] : named);
}
