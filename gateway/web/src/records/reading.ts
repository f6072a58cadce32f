/** Reads records: the typed client widens pairs of numbers to lists, here they are made pairs again. */
import { api, ask, askWhole } from "../api/client";
import type { Analysis } from "../api/documents";
import type { components } from "../api/schema";
import type { FilterQuery } from "./filters";

export type RecordSummary = components["schemas"]["AnalysesOut.AnalysisSummary"];

/** Read one record, with its nuclei unless they are left out. */
export async function readRecord(id: string, nuclei: boolean): Promise<Analysis> {
  return (await readRecordAndTag(id, nuclei)).record;
}

/** The same with the entity tag that a change must name. */
export async function readRecordAndTag(
  id: string,
  nuclei: boolean,
): Promise<{ record: Analysis; etag: string | null }> {
  const params = { path: { analysis_id: id }, query: { nuclei } };
  const { data, response } = await askWhole(api.GET("/api/v1/analyses/{analysis_id}", { params }));
  return { record: data as Analysis, etag: response.headers.get("ETag") };
}

export interface Labels {
  case_label: string | null;
  tags: string[];
}

/** Save case label and tags onto the state of that tag. */
export async function saveLabels(id: string, etag: string | null, body: Labels): Promise<Analysis> {
  const params = { path: { analysis_id: id }, header: { "If-Match": etag } };
  return (await ask(api.PATCH("/api/v1/analyses/{analysis_id}", { params, body }))) as Analysis;
}

/** Read one page of the records that match. */
export async function readPage(
  query: FilterQuery,
  cursor: string | null,
  limit: number,
): Promise<{ items: RecordSummary[]; next_cursor: string | null }> {
  const page = await ask(api.GET("/api/v1/analyses", { params: { query: { ...query, cursor, limit } } }));
  return page as { items: RecordSummary[]; next_cursor: string | null };
}
