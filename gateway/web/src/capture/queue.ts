/**
 * What becomes of each chosen image: events in, the next state out. Nothing here asks the network or a clock.
 *
 *     chosen -> waiting -> uploading -> scoring -> done
 *                  ^  \________|___________|____-> failed (why; can be tried again)
 *                  |           v           v
 *                  +--------- held (no connection, too busy, signed out) -> goes on with the same key
 *
 * A shot's key is drawn when its image is chosen and goes with every attempt, so that whatever is sent twice makes
 * one record. A shot that the service has accepted carries its record's id and is never sent again.
 */
import type { Analysis } from "../api/documents";

export const MOST_UPLOADS = 3;
export const MOST_POLLS = 3;
const SHORTEST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 30_000;
const FIRST_LOOK_MS = 600;
const LATER_LOOKS_MS = 6_000;

/** What is shown of a record's result. */
export type Scored = Pick<Analysis, "id" | "index_percent" | "category" | "counts" | "warnings">;

export interface Reason {
  detail: string;
  reference: string | null;
}

export type Hold = "connection" | "busy" | "session" | "organisation";

export type State =
  | { kind: "chosen" }
  | { kind: "waiting" }
  | { kind: "uploading"; percent: number }
  | { kind: "scoring"; recordId: string | null; looks: number; lookAt: number }
  | { kind: "held"; why: Hold; recordId: string | null; until: number }
  | { kind: "done"; analysis: Scored }
  | { kind: "failed"; reason: Reason };

/** How an image is to be scored, as form fields; `account` is who asked and where. */
export interface Order {
  account: string;
  fields: Readonly<Record<string, string>>;
}

export interface Shot {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly order: Order | null;
  readonly attempts: number;
  readonly state: State;
}

export type ShotEvent =
  | { kind: "run"; order: Order }
  | { kind: "begun" }
  | { kind: "progress"; percent: number }
  | { kind: "sent" }
  | { kind: "accepted"; recordId: string; now: number }
  | { kind: "looked"; now: number }
  | { kind: "finished"; analysis: Scored }
  | { kind: "refused"; reason: Reason; recordKept: boolean }
  | { kind: "held"; why: Hold; now: number; pauseMs?: number | null }
  | { kind: "resumed"; now: number }
  | { kind: "again"; order: Order; newKey: string };

/** A shot as it is when its image has just been chosen. */
export function newShot(id: number, key: string, name: string, sizeBytes: number): Shot {
  return { id, key, name, sizeBytes, order: null, attempts: 0, state: { kind: "chosen" } };
}

/** Return the shot after an event; one that does not fit its state changes nothing. */
export function advance(shot: Shot, event: ShotEvent): Shot {
  const { state } = shot;
  switch (event.kind) {
    case "run":
      return state.kind === "chosen" ? { ...shot, order: event.order, state: { kind: "waiting" } } : shot;
    case "begun":
      return state.kind === "waiting" ? to(shot, { kind: "uploading", percent: 0 }) : shot;
    case "progress":
      return state.kind === "uploading" ? to(shot, { kind: "uploading", percent: event.percent }) : shot;
    case "sent":
      return state.kind === "uploading" ? to(shot, scoring(null, 0, 0)) : shot;
    case "accepted":
      return isSending(state) ? accepted(shot, event.recordId, event.now) : shot;
    case "looked":
      return state.kind === "scoring" ? to(shot, lookedAt(state, event.now)) : shot;
    case "finished":
      return isAtWork(state) ? to(shot, { kind: "done", analysis: event.analysis }) : shot;
    case "refused":
      return isAtWork(state) ? refused(shot, event.reason, event.recordKept) : shot;
    case "held":
      return isUnfinished(state) ? held(shot, event.why, event.now, event.pauseMs ?? 0) : shot;
    case "resumed":
      return state.kind === "held" ? resumed(shot, state, event.now) : shot;
    case "again":
      return state.kind === "failed" ? again(shot, event.order, event.newKey) : shot;
  }
}

const to = (shot: Shot, state: State): Shot => ({ ...shot, state });
const scoring = (recordId: string | null, looks: number, lookAt: number): State => ({
  kind: "scoring",
  recordId,
  looks,
  lookAt,
});

function accepted(shot: Shot, recordId: string, now: number): Shot {
  return { ...shot, attempts: 0, state: scoring(recordId, 0, now + FIRST_LOOK_MS) };
}

function lookedAt(state: Extract<State, { kind: "scoring" }>, now: number): State {
  const looks = state.looks + 1;
  return scoring(state.recordId, looks, now + Math.min(LATER_LOOKS_MS, FIRST_LOOK_MS * 1.5 ** looks));
}

/** Where a record was made the key is spent: it would only bring back the same failure. */
function refused(shot: Shot, reason: Reason, recordKept: boolean): Shot {
  return { ...shot, key: recordKept ? "" : shot.key, attempts: 0, state: { kind: "failed", reason } };
}

function held(shot: Shot, why: Hold, now: number, pauseMs: number): Shot {
  const until = now + Math.max(pauseMs, pause(shot.attempts));
  return {
    ...shot,
    attempts: shot.attempts + 1,
    state: { kind: "held", why, recordId: record(shot), until },
  };
}

function resumed(shot: Shot, state: Extract<State, { kind: "held" }>, now: number): Shot {
  return to(shot, state.recordId === null ? { kind: "waiting" } : scoring(state.recordId, 0, now));
}

function again(shot: Shot, order: Order, newKey: string): Shot {
  return { ...shot, key: shot.key || newKey, order, attempts: 0, state: { kind: "waiting" } };
}

/** Longer after each attempt: 2, 4, 8 … 30 s. */
export function pause(attempts: number): number {
  return Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** attempts);
}

function record(shot: Shot): string | null {
  return shot.state.kind === "scoring" || shot.state.kind === "held" ? shot.state.recordId : null;
}

const isSending = (state: State) =>
  state.kind === "uploading" || (state.kind === "scoring" && state.recordId === null);
const isAtWork = (state: State) => state.kind === "uploading" || state.kind === "scoring";

/** Run has been asked for and the outcome is not known yet. */
export function isUnfinished(state: State): boolean {
  return isAtWork(state) || state.kind === "waiting" || state.kind === "held";
}

export interface Tally {
  chosen: number;
  running: number;
  done: number;
  failed: number;
  held: number;
}

/** How many there are of each; those held are running too. */
export function tally(shots: readonly Shot[]): Tally {
  const amount = (is: (state: State) => boolean) => shots.filter((shot) => is(shot.state)).length;
  return {
    chosen: amount((state) => state.kind === "chosen"),
    running: amount(isUnfinished),
    done: amount((state) => state.kind === "done"),
    failed: amount((state) => state.kind === "failed"),
    held: amount((state) => state.kind === "held"),
  };
}

/** Which shots to begin sending: in order, so many at a time. */
export function toSend(shots: readonly Shot[]): Shot[] {
  const sending = shots.filter((shot) => isSending(shot.state)).length;
  const waiting = shots.filter((shot) => shot.state.kind === "waiting");
  return waiting.slice(0, Math.max(0, MOST_UPLOADS - sending));
}

/** Which records to look at now: those longest due first, `inFlight` being asked already. */
export function toLookAt(shots: readonly Shot[], inFlight: ReadonlySet<number>, now: number): Shot[] {
  return shots
    .filter((shot) => !inFlight.has(shot.id) && dueAt(shot) <= now && shot.state.kind === "scoring")
    .sort((one, other) => dueAt(one) - dueAt(other))
    .slice(0, Math.max(0, MOST_POLLS - inFlight.size));
}

/** Which held shots may go on now; who is signed out or elsewhere waits for that to change. */
export function toResume(shots: readonly Shot[], now: number): Shot[] {
  return shots.filter(({ state }) => state.kind === "held" && isByTime(state.why) && state.until <= now);
}

/** When there is something to do by the clock; Infinity where nothing waits for it. */
export function nextMoment(shots: readonly Shot[], inFlight: ReadonlySet<number>): number {
  return Math.min(...shots.filter((shot) => !inFlight.has(shot.id)).map(dueAt), Number.POSITIVE_INFINITY);
}

function dueAt({ state }: Shot): number {
  if (state.kind === "scoring" && state.recordId !== null) return state.lookAt;
  if (state.kind === "held" && isByTime(state.why)) return state.until;
  return Number.POSITIVE_INFINITY;
}

const isByTime = (why: Hold) => why === "connection" || why === "busy";
