/** The sign of a class as the pictures draw it: a filled disc, or a hollow square with a dashed edge. */
import type { Kind } from "./tally";

export function ClassSign({ kind, size = 20 }: { kind: Kind; size?: number }) {
  return (
    <svg class={`class-sign ${kind}`} viewBox="0 0 20 20" width={size} height={size} aria-hidden="true">
      {kind === "immunopositive" ? (
        <circle cx="10" cy="10" r="7" />
      ) : (
        <rect x="3" y="3" width="14" height="14" fill="none" stroke-width="2.5" stroke-dasharray="4 2.6" />
      )}
    </svg>
  );
}
