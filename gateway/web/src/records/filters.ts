/** What somebody looks for: the page's address in, the interface's query out, and back. No other state is kept. */

export const STATUSES = ["queued", "running", "succeeded", "failed", "cancelled"] as const;
export const CATEGORIES = ["low", "borderline", "high"] as const;

/** As in the page's address; days are `2026-11-24` in the reader's own time. */
export interface Filters {
  text: string;
  category: string[];
  status: string[];
  author: string;
  tag: string;
  caseLabel: string;
  version: string;
  from: string;
  to: string;
  assigned: "" | "true" | "false";
}

export interface FilterQuery {
  text?: string;
  category?: string;
  status?: string;
  author?: string;
  tag?: string;
  case_label?: string;
  model_version?: string;
  created_from?: string;
  created_to?: string;
  assigned?: boolean;
}

export const NO_FILTERS: Filters = {
  text: "",
  category: [],
  status: [],
  author: "",
  tag: "",
  caseLabel: "",
  version: "",
  from: "",
  to: "",
  assigned: "",
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Read the filters that an address names; what is no filter is left out. */
export function filtersOf(search: string): Filters {
  const given = new URLSearchParams(search);
  const text = (name: string) => given.get(name) ?? "";
  const day = (name: string) => (DAY.test(text(name)) && !Number.isNaN(Date.parse(text(name))) ? text(name) : "");
  const assigned = text("assigned");
  return {
    text: text("text"),
    category: chosen(text("category"), CATEGORIES),
    status: chosen(text("status"), STATUSES),
    author: text("author"),
    tag: text("tag"),
    caseLabel: text("case"),
    version: text("version"),
    from: day("from"),
    to: day("to"),
    assigned: assigned === "true" || assigned === "false" ? assigned : "",
  };
}

function chosen(listed: string, known: readonly string[]): string[] {
  return known.filter((name) => listed.split(",").includes(name));
}

/** Write filters as the search part of an address; empty where nothing is looked for. */
export function searchOf(filters: Filters): string {
  const found = new URLSearchParams();
  const { caseLabel, ...others } = filters;
  for (const [name, value] of Object.entries({ ...others, case: caseLabel })) {
    const written = Array.isArray(value) ? value.join(",") : value;
    if (written) found.set(name, written);
  }
  return found.toString();
}

/** Make the interface's query; a day's end is the next day's beginning. */
export function queryOf(filters: Filters): FilterQuery {
  const query: Record<keyof FilterQuery, string | boolean> = {
    text: filters.text.trim(),
    category: filters.category.join(","),
    status: filters.status.join(","),
    author: filters.author,
    tag: filters.tag.trim(),
    case_label: filters.caseLabel.trim(),
    model_version: filters.version.trim(),
    created_from: filters.from && beginningOf(filters.from, 0),
    created_to: filters.to && beginningOf(filters.to, 1),
    assigned: filters.assigned && filters.assigned === "true",
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}

function beginningOf(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

/** Count the filters beyond text and category, which are always in sight. */
export function furtherCount(filters: Filters): number {
  const { text: _text, category: _category, ...further } = filters;
  return Object.values(further).filter((value) => value.length > 0).length;
}

/** Write the query as text, for the address of a download. */
export function downloadQuery(filters: Filters, more: Record<string, string> = {}): string {
  const entries = Object.entries(queryOf(filters)).map(([name, value]) => [name, String(value)]);
  const found = new URLSearchParams([...entries, ...Object.entries(more)]).toString();
  return found ? `?${found}` : "";
}
