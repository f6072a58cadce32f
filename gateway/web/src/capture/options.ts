/** How images are to be scored: the scale, chosen once per session, and what may go with it. */

export type Scale =
  | { kind: "unknown" }
  | { kind: "objective"; magnification: number }
  | { kind: "mpp"; text: string };

export const OBJECTIVES = [10, 20, 40, 60];
const LEAST_MPP = 0.05;
const MOST_MPP = 5;
const MICRONS_TIMES_OBJECTIVE = 10;

export interface Labels {
  caseLabel: string;
  tags: string;
  modelVersion: string;
}

/** Microns per pixel of a field seen through an objective, as the service takes it: 40x is 0.25. */
export function mppOf(magnification: number): number {
  return MICRONS_TIMES_OBJECTIVE / magnification;
}

/** Read microns per pixel as a person writes it ("0,25" too); null where it is none that the service takes. */
export function readMpp(text: string): number | null {
  const trimmed = text.trim().replace(",", ".");
  const value = /^\d*\.?\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  return value >= LEAST_MPP && value <= MOST_MPP ? value : null;
}

/** Whether images can be run with it. */
export function isUsable(scale: Scale): boolean {
  return scale.kind !== "mpp" || readMpp(scale.text) !== null;
}

/** The form fields of a POST; what was not given is left out. */
export function fieldsOf(scale: Scale, labels: Labels): Record<string, string> {
  const fields: Record<string, string> = {
    case_label: labels.caseLabel.trim(),
    tags: labels.tags.trim(),
    model_version: labels.modelVersion,
  };
  if (scale.kind === "objective") fields.objective = String(scale.magnification);
  if (scale.kind === "mpp") fields.mpp = String(readMpp(scale.text) ?? "");
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

/** Read a kept scale; whatever is not one is "unknown". */
export function parseScale(kept: string | null): Scale | null {
  try {
    const found = JSON.parse(kept ?? "null") as Partial<{
      kind: string;
      magnification: number;
      text: string;
    }>;
    if (found?.kind === "objective" && OBJECTIVES.includes(Number(found.magnification)))
      return { kind: "objective", magnification: Number(found.magnification) };
    if (found?.kind === "mpp" && typeof found.text === "string") return { kind: "mpp", text: found.text };
    if (found?.kind === "unknown") return { kind: "unknown" };
  } catch {
    // Somebody else's value.
  }
  return null;
}
