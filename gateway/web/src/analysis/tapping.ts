/** What a tap does while one corrects. */
import type { MarkKind } from "../viewer/marks";
import type { Tool } from "./CorrectionBar";
import { add, type Edits, relabel, remove, type Target } from "./edits";

interface Tapped {
  x: number;
  y: number;
  target: Target | null;
}

/** Return the edits after a tap with that tool; null where it hit nothing that the tool could change. */
export function edited(edits: Edits, tool: Tool, tapped: Tapped, kinds: readonly MarkKind[]): Edits | null {
  const { x, y, target } = tapped;
  if (tool === "addPositive") return add(edits, x, y, "immunopositive");
  if (tool === "addNegative") return add(edits, x, y, "immunonegative");
  if (!target) return null;
  if (tool === "remove") return remove(edits, target);
  return tool === "relabel" ? relabel(edits, target, kinds) : null;
}
