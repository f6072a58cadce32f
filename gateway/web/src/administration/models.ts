/** Model versions as the interface tells of them; an older or newer one may tell less. */
import type { components } from "../api/schema";

export interface Disagreement {
  compared: number;
  mean_difference_points: number | null;
  largest_difference_points: number | null;
  category_changes: number;
  errors: number;
}

export type Version = Pick<
  components["schemas"]["VersionsOut.VersionOut"],
  "name" | "version" | "is_default"
> & {
  status?: string;
  workers?: number;
  weights_sha256?: string | null;
  archive_sha256?: string | null;
  share_percent?: number | null;
  shadow_percent?: number | null;
  engine?: Record<string, unknown> | null;
  disagreement?: Partial<Disagreement> | null;
};

/** Tell whether any version says which share of the images it scores. */
export function tellsShares(versions: Version[]): boolean {
  return versions.some((version) => version.share_percent !== undefined);
}

/** Write an engine in a few words: "openvino, fp32, cpu". */
export function engineText(engine: Version["engine"]): string {
  const values = ["name", "precision", "device"].map((key) => engine?.[key]);
  return values.filter((value) => typeof value === "string" && value !== "").join(", ");
}

/** Return the share of compared images whose category changed, in percent; null where none was compared. */
export function changedPercent(disagreement: Partial<Disagreement>): number | null {
  const { compared = 0, category_changes = 0 } = disagreement;
  return compared ? (100 * category_changes) / compared : null;
}
