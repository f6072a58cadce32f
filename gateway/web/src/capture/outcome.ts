/** What an answer, or its absence, means for a shot. */
import type { Analysis } from "../api/documents";
import { Problem } from "../api/problem";
import { strings } from "../strings";
import type { Scored, ShotEvent } from "./queue";

const words = strings.capture;
/** Passing too: the first attempt is still being taken; somebody signed in anew in another tab. */
const PASSING = new Set(["idempotency-key-in-flight", "csrf"]);

type Answered = Scored & Pick<Analysis, "status" | "problem">;

/** A record was answered: it is scored, failed, or on its way. */
export function eventOf(analysis: Answered): ShotEvent | null {
  if (analysis.status === "succeeded") return { kind: "finished", analysis };
  if (analysis.status !== "failed" && analysis.status !== "cancelled") return null;
  const detail = analysis.problem?.detail || words.scoringFailed;
  const reason = { detail, reference: analysis.problem?.request_id ?? null };
  return { kind: "refused", reason, recordKept: true };
}

/** A request failed: try again by itself where that may help, else say why; the log knows more of our own faults. */
export function eventOfFailure(error: unknown, now: number): ShotEvent {
  if (!(error instanceof Problem)) return refused(words.scoringFailed, null);
  const pauseMs = error.retryAfterSeconds === null ? null : error.retryAfterSeconds * 1000;
  if (error.status === 401) return { kind: "held", why: "session", now };
  if (error.isConnection) return { kind: "held", why: "connection", now };
  if (error.isPassing || PASSING.has(error.code)) return { kind: "held", why: "busy", now, pauseMs };
  return refused(error.message, error.status >= 500 ? error.requestId : null);
}

function refused(detail: string, reference: string | null): ShotEvent {
  return { kind: "refused", reason: { detail, reference }, recordKept: false };
}
