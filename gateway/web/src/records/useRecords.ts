/** The records that match, page by page; those that still wait or run are asked again until they are done. */
import { useEffect } from "preact/hooks";
import { type Paged, usePaged } from "../ui/usePaged";
import type { FilterQuery } from "./filters";
import { type RecordSummary, readPage, readRecord } from "./reading";

const PAGE = 24;
const PAUSE_MS = 4_000;
const AT_ONCE = 8;

export function useRecords(query: FilterQuery): Paged<RecordSummary> {
  const list = usePaged((cursor) => readPage(query, cursor, PAGE), [JSON.stringify(query)]);
  const unfinished = (list.items ?? []).filter(isUnfinished).map((record) => record.id);
  const asked = unfinished.slice(0, AT_ONCE).join(",");
  useEffect(() => {
    if (!asked) return;
    const timer = setInterval(() => void refresh(asked.split(","), list.change), PAUSE_MS);
    return () => clearInterval(timer);
  }, [asked]);
  return list;
}

function isUnfinished(record: RecordSummary): boolean {
  return record.status === "queued" || record.status === "running";
}

async function refresh(ids: string[], change: Paged<RecordSummary>["change"]): Promise<void> {
  const found = await Promise.allSettled(ids.map((id) => readRecord(id, false)));
  const fresh = new Map(found.flatMap((each) => (each.status === "fulfilled" ? [[each.value.id, each.value]] : [])));
  change((items) => items.map((item) => fresh.get(item.id) ?? item));
}
