import { outlinesOf } from "../analysis/layers";
import { api, ask } from "../api/client";
import type { Analysis } from "../api/documents";
import { type Loaded, useLoaded } from "../ui/useLoaded";
import type { Point } from "../viewer/marks";
import { readRecord } from "./reading";

export type Result = Analysis;

/** A record, and the outlines of its nuclei in their order. */
export interface Compared {
  record: Result;
  outlines: Point[][];
}

/** Read two records with their nuclei. */
export function useComparison(a: string, b: string): Loaded<[Compared, Compared]> {
  return useLoaded(() => Promise.all([readCompared(a), readCompared(b)]), [a, b]);
}

async function readCompared(id: string): Promise<Compared> {
  const record = await readRecord(id, true);
  const hasNuclei = record.nuclei !== null && record.nuclei.length > 0;
  return { record, outlines: hasNuclei ? await readOutlines(id) : [] };
}

async function readOutlines(id: string): Promise<Point[][]> {
  const params = { path: { analysis_id: id } };
  return outlinesOf(await ask(api.GET("/api/v1/analyses/{analysis_id}/nuclei.geojson", { params })));
}
