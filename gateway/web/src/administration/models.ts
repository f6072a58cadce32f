/** Model versions as the interface tells of them. */
import type { components } from "../api/schema";

export type Version = components["schemas"]["VersionsOut.VersionOut"];
export type Disagreement = components["schemas"]["VersionsOut.DisagreementOut"];

/** Write an engine in a few words: "openvino, fp32, cpu". */
export function engineText(engine: Version["engine"]): string {
  return ["name", "precision", "device"]
    .map((key) => engine?.[key])
    .filter(Boolean)
    .join(", ");
}

/** Return the share of compared images whose category changed, in percent; null where none was compared. */
export function changedPercent({ compared, category_changes }: Disagreement): number | null {
  return compared ? (100 * category_changes) / compared : null;
}
