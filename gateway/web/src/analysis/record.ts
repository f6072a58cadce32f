/** One record with what its page needs: outlines of its nuclei, and the corrections that belong to it. */
import { api, ask, askWhole } from "../api/client";
import type { Analysis } from "../api/documents";
import type { Point } from "../viewer/marks";
import { type Edits, NO_EDITS } from "./edits";
import { outlinesOf } from "./layers";

export interface Saved {
  edits: Edits;
  /** What the next save must name; null where nobody has saved any yet. */
  etag: string | null;
}

export interface FieldRecord {
  analysis: Analysis;
  outlines: Point[][];
  saved: Saved;
}

/** A record that has a result to show. */
export type Scored = Analysis & {
  revision: number;
  counts: NonNullable<Analysis["counts"]>;
  thresholds: NonNullable<Analysis["thresholds"]>;
  scale: NonNullable<Analysis["scale"]>;
};

export function isScored(analysis: Analysis): analysis is Scored {
  return analysis.status === "succeeded" && analysis.counts !== null && !analysis.blinded;
}

export function isUnfinished(analysis: Analysis): boolean {
  return analysis.status === "queued" || analysis.status === "running";
}

const NOTHING: Saved = { edits: NO_EDITS, etag: null };
const of = (id: string) => ({ params: { path: { analysis_id: id } } });

/** Load a record; throws a Problem. */
export async function loadRecord(id: string): Promise<FieldRecord> {
  const analysis = (await ask(api.GET("/api/v1/analyses/{analysis_id}", of(id)))) as Analysis;
  if (!isScored(analysis)) return { analysis, outlines: [], saved: NOTHING };
  const [outlines, saved] = await Promise.all([loadOutlines(id), loadSaved(analysis)]);
  return { analysis, outlines, saved };
}

/** Load the outlines of a record's nuclei, in their order; throws a Problem. */
export async function loadOutlines(id: string): Promise<Point[][]> {
  return outlinesOf(await ask(api.GET("/api/v1/analyses/{analysis_id}/nuclei.geojson", of(id))));
}

/** Corrections of an earlier revision lie on other nuclei: only their ETag is of use. */
async function loadSaved(analysis: Scored): Promise<Saved> {
  if (!analysis.correction) return NOTHING;
  const path = "/api/v1/analyses/{analysis_id}/corrections";
  const { data, response } = await askWhole(api.GET(path, of(analysis.id)));
  const etag = response.headers.get("ETag");
  return { edits: data.revision === analysis.revision ? (data.edits as Edits) : NO_EDITS, etag };
}

/** Save corrections onto what was read before; returns the new ETag, throws a Problem (412: changed meanwhile). */
export async function saveEdits(
  id: string,
  revision: number,
  edits: Edits,
  etag: string | null,
): Promise<string | null> {
  const condition = etag ? { "If-Match": etag } : { "If-None-Match": "*" };
  const path = "/api/v1/analyses/{analysis_id}/corrections";
  const params = { path: { analysis_id: id }, header: condition };
  const { response } = await askWhole(api.PUT(path, { params, body: { revision, ...edits } }));
  return response.headers.get("ETag");
}

export interface Thresholds {
  probability: number;
  min_area_um2: number;
}

/** Score with other thresholds, to look at or to keep; throws a Problem. */
export async function rescore(
  id: string,
  thresholds: Thresholds,
  save: boolean,
  signal: AbortSignal | null = null,
): Promise<Analysis> {
  const body = { ...thresholds, category_boundaries_percent: null, save };
  const path = "/api/v1/analyses/{analysis_id}/rescore";
  return (await ask(api.POST(path, { ...of(id), body, signal }))) as Analysis;
}

/** Delete a record; throws a Problem. */
export async function deleteRecord(id: string): Promise<void> {
  await ask(api.DELETE("/api/v1/analyses/{analysis_id}", of(id)));
}
