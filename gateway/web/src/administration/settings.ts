/** An organisation's settings as typed in a form: fields of text in, what the interface takes out. */
import type { components } from "../api/schema";

export type Organisation = components["schemas"]["OrganisationOut"];
/** What is left out stays as it is. */
export type Change = Partial<components["schemas"]["OrganisationIn"]>;

export interface SettingsForm {
  name: string;
  low: string;
  high: string;
  mpp: string;
  retention: string;
}

export type Faults = Partial<Record<"name" | "boundaries" | "mpp" | "retention", true>>;

/** Fill the form; what is not set is empty. */
export function formOf(organisation: Organisation): SettingsForm {
  const [low, high] = organisation.category_boundaries_percent ?? [];
  const text = (value: number | null | undefined) =>
    value === null || value === undefined ? "" : String(value);
  return {
    name: organisation.name,
    low: text(low),
    high: text(high),
    mpp: text(organisation.default_mpp),
    retention: text(organisation.retention_days),
  };
}

/** Return the boundaries that were typed; null where both are left empty, undefined where they make no sense. */
export function boundariesOf(form: SettingsForm): [number, number] | null | undefined {
  if (form.low === "" && form.high === "") return null;
  const [low, high] = [numberOf(form.low), numberOf(form.high)];
  const isUsable = low !== null && high !== null && low >= 0 && high <= 100 && low <= high;
  return isUsable ? [low, high] : undefined;
}

/** Name the fields that cannot be kept. */
export function faultsOf(form: SettingsForm): Faults {
  const faults: Faults = {};
  if (!form.name.trim()) faults.name = true;
  if (boundariesOf(form) === undefined) faults.boundaries = true;
  if (form.mpp !== "" && !isWithin(numberOf(form.mpp), 0.05, 5)) faults.mpp = true;
  const days = numberOf(form.retention);
  if (form.retention !== "" && !(isWithin(days, 1, 36_500) && Number.isInteger(days)))
    faults.retention = true;
  return faults;
}

/** Make what the interface takes: only what differs from what was read. */
export function changeOf(before: Organisation, form: SettingsForm): Change {
  const old = formOf(before);
  const change: Change = {};
  if (form.name.trim() !== old.name) change.name = form.name.trim();
  if (form.low !== old.low || form.high !== old.high) {
    change.category_boundaries_percent = boundariesOf(form) ?? null;
  }
  if (form.mpp !== old.mpp) change.default_mpp = numberOf(form.mpp);
  if (form.retention !== old.retention) change.retention_days = numberOf(form.retention);
  return change;
}

export type Category = "low" | "borderline" | "high";

/** Return the category of an index: below the first boundary low, above the second high. */
export function categoryOf(indexPercent: number, [low, high]: [number, number]): Category {
  if (indexPercent < low) return "low";
  return indexPercent > high ? "high" : "borderline";
}

function numberOf(text: string): number | null {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(value) ? null : value;
}

function isWithin(value: number | null, least: number, most: number): value is number {
  return value !== null && value >= least && value <= most;
}
