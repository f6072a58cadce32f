/** Which records and reviews are compared, as the page's address says it. */

export interface AgreementQuery {
  case_label?: string;
  tag?: string;
  created_from?: string;
  created_to?: string;
  blind?: boolean;
}

export const TEXTS = ["case_label", "tag", "created_from", "created_to"] as const;

/** Read an address's query; what is empty is left out. */
export function queryOf(search: URLSearchParams): AgreementQuery {
  const query: AgreementQuery = {};
  for (const name of TEXTS) {
    const value = search.get(name)?.trim();
    if (value) query[name] = value;
  }
  const blind = search.get("blind");
  if (blind === "true" || blind === "false") query.blind = blind === "true";
  return query;
}

/** Write the query into an address. */
export function searchOf(query: AgreementQuery): Record<string, string> {
  const filled = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(filled.map(([name, value]) => [name, String(value)]));
}
