/** What is looked for in the audit log, as the interface asks for it. */

export interface AuditFilters {
  actor: string;
  action: string;
  object: string;
  /** Days, as 2026-11-24, in the reader's own time. */
  from: string;
  to: string;
}

export const NO_AUDIT_FILTERS: AuditFilters = { actor: "", action: "", object: "", from: "", to: "" };

/** The deeds that are looked for most; any other can be typed. */
export const ACTIONS = [
  "analysis.created",
  "analysis.deleted",
  "analysis.exported",
  "analysis.labelled",
  "analysis.rescored",
  "analysis.viewed",
  "annotation.created",
  "api_key.created",
  "api_key.revoked",
  "assignment.created",
  "auth.failed",
  "auth.signed_in",
  "export.made",
  "invitation.created",
  "invitation.withdrawn",
  "member.added",
  "member.removed",
  "member.role_changed",
  "organisation.changed",
  "review.created",
];

/** Make the query; a day's end is the next day's beginning. */
export function auditQuery(filters: AuditFilters): Record<string, string> {
  const query = {
    actor: filters.actor,
    action: filters.action,
    object: filters.object,
    from: filters.from && beginningOf(filters.from, 0),
    to: filters.to && beginningOf(filters.to, 1),
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ""));
}

function beginningOf(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

/** Write an event's details in one line. */
export function detailsText(details: Record<string, unknown>): string {
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
