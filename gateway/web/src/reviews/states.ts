/** Where a request for a second opinion stands, and what can be done with it. */
import type { Assignment, AssignmentStatus } from "./documents";

export type Filter = "open" | "done" | "declined" | "all";
export const FILTERS: Filter[] = ["open", "done", "declined", "all"];

const STATUSES: Record<Filter, AssignmentStatus[]> = {
  open: ["requested", "accepted"],
  done: ["done"],
  declined: ["declined"],
  all: ["requested", "accepted", "declined", "done"],
};

/** Return what the interface is asked for. */
export function statusesOf(filter: Filter): string {
  return STATUSES[filter].join(",");
}

/** Tell whether it still waits for an answer. */
export function isOpen(assignment: Assignment): boolean {
  return STATUSES.open.includes(assignment.status);
}

/** Return the page on which the one who was asked answers, or sees their answer; null where there is none. */
export function answerPage(assignment: Assignment): string | null {
  if (assignment.status === "declined") return null;
  return assignment.purpose === "learning" ? `/learn/${assignment.analysis_id}` : `/reviews/${assignment.id}`;
}
