import type { Analysis } from "../api/documents";
import { type Loaded, useLoaded } from "../ui/useLoaded";
import { readRecord } from "./reading";

export type Result = Analysis;

/** Read two records with their nuclei. */
export function useComparison(a: string, b: string): Loaded<[Result, Result]> {
  return useLoaded(() => Promise.all([readRecord(a, true), readRecord(b, true)]), [a, b]);
}
