/**
 * Runs the queue: it lives beside the pages, so that the rest of the client stays usable meanwhile.
 *
 * Images are kept in this page's memory only. They belong to whoever chose them: another person's sign-in empties
 * the queue, another organisation's leaves it waiting.
 */
import { effect, signal } from "@preact/signals";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { online, suspectConnection } from "../connection";
import { loadSession, session } from "../session/store";
import { MOST_SHOTS, type Refusal, sort } from "./importing";
import { eventOf, eventOfFailure } from "./outcome";
import { dropPreview, preview } from "./previews";
import { progress } from "./progress";
import {
  advance,
  isUnfinished,
  newShot,
  nextMoment,
  type Shot,
  type ShotEvent,
  tally,
  toLookAt,
  toResume,
  toSend,
} from "./queue";
import { upload } from "./upload";

export const shots = signal<readonly Shot[]>([]);
export const refusals = signal<readonly Refusal[]>([]);

const files = new Map<number, File>();
const cancels = new Map<number, () => void>();
const looking = new Set<number>();
let lastId = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let ownerId: string | null = null;

/** Take files in: each becomes a shot with a key of its own, or is refused in words. */
export function choose(chosen: readonly File[]): void {
  const { taken, refused } = sort(chosen, MOST_SHOTS - shots.value.length);
  ownerId = session.value?.user.id ?? null;
  const added = taken.map((file) => {
    const shot = newShot(++lastId, newKey(), file.name, file.size);
    files.set(shot.id, file);
    preview(shot.id, file);
    return shot;
  });
  shots.value = [...shots.value, ...added];
  refusals.value = refused;
}

/** Run everything that was chosen; a second call finds nothing left to run. */
export function runAll(fields: Record<string, string>): void {
  const order = { account: account(), fields };
  for (const { id } of shots.value) change(id, { kind: "run", order });
  pump();
}

/** Try a failed image again, as the choices are now. */
export function tryAgain(id: number, fields: Record<string, string>): void {
  change(id, { kind: "again", order: { account: account(), fields }, newKey: newKey() });
  pump();
}

/** Take a shot off the list, and stop sending it. */
export function remove(id: number): void {
  shots.value = shots.value.filter((shot) => shot.id !== id);
  files.delete(id);
  dropPreview(id);
  cancels.get(id)?.();
  pump();
}

/** Take off everything whose outcome is known. */
export function clearSettled(): void {
  for (const { id, state } of shots.value) if (state.kind === "done" || state.kind === "failed") remove(id);
}

/** Go on with what is held, without waiting for its pause to end. */
export function goOn(): void {
  for (const { id, state } of shots.value)
    if (state.kind === "held" && (state.why === "connection" || state.why === "busy"))
      change(id, { kind: "resumed", now: Date.now() });
  pump();
}

const newKey = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint32Array(4))].join("-");
const account = () => `${session.value?.user.id ?? ""}/${session.value?.organisation?.id ?? ""}`;

function change(id: number, event: ShotEvent): void {
  shots.value = shots.value.map((shot) => (shot.id === id ? advance(shot, event) : shot));
}

/** Begin what may begin now, and come back when there is something to do by the clock. */
function pump(): void {
  const now = Date.now();
  for (const { id } of toResume(shots.value, now)) change(id, { kind: "resumed", now });
  setAsideOthers(now);
  for (const shot of toSend(shots.value)) void send(shot);
  for (const shot of toLookAt(shots.value, looking, now)) void look(shot);
  clearTimeout(timer);
  const next = nextMoment(shots.value, looking);
  if (Number.isFinite(next)) timer = setTimeout(pump, Math.max(50, next - Date.now()));
}

/** What was run for another organisation, or before one was signed out, waits until one is back. */
function setAsideOthers(now: number): void {
  const why = session.value ? "organisation" : "session";
  for (const { id, order, state } of shots.value)
    if (order && order.account !== account() && isUnfinished(state) && !cancels.has(id))
      change(id, { kind: "held", why, now });
}

async function send(shot: Shot): Promise<void> {
  const file = files.get(shot.id);
  if (!file || !shot.order) return;
  change(shot.id, { kind: "begun" });
  const { answer, cancel } = upload({
    file,
    key: shot.key,
    fields: shot.order.fields,
    onProgress: (percent) => change(shot.id, { kind: "progress", percent }),
    onSent: () => change(shot.id, { kind: "sent" }),
  });
  cancels.set(shot.id, cancel);
  try {
    const analysis = await answer;
    change(shot.id, { kind: "accepted", recordId: analysis.id, now: Date.now() });
    apply(shot.id, eventOf(analysis));
  } catch (error) {
    applyFailure(shot.id, error);
  }
  cancels.delete(shot.id);
  pump();
}

async function look(shot: Shot): Promise<void> {
  if (shot.state.kind !== "scoring" || shot.state.recordId === null) return;
  looking.add(shot.id);
  try {
    const analysis = await ask(
      api.GET("/api/v1/analyses/{analysis_id}", {
        params: { path: { analysis_id: shot.state.recordId }, query: { nuclei: false } },
      }),
    );
    change(shot.id, { kind: "looked", now: Date.now() });
    apply(shot.id, eventOf(analysis));
  } catch (error) {
    applyFailure(shot.id, error);
  }
  looking.delete(shot.id);
  pump();
}

function apply(id: number, event: ShotEvent | null): void {
  if (event) change(id, event);
  if (event?.kind === "finished") files.delete(id);
}

function applyFailure(id: number, error: unknown): void {
  if (!files.has(id)) return;
  if (error instanceof Problem && error.isConnection) suspectConnection();
  if (error instanceof Problem && error.code === "csrf") void loadSession();
  change(id, eventOfFailure(error, Date.now()));
}

/** Back in the same account: what it had left goes on. Somebody else finds nothing. */
function onAccount(): void {
  const userId = session.value?.user.id;
  if (userId === undefined) return;
  if (ownerId !== null && userId !== ownerId) empty();
  for (const { id, order, state } of shots.value)
    if (state.kind === "held" && order?.account === account())
      change(id, { kind: "resumed", now: Date.now() });
  pump();
}

function empty(): void {
  for (const { id } of shots.value) remove(id);
  refusals.value = [];
  ownerId = null;
}

const warn = (event: BeforeUnloadEvent) => event.preventDefault();

/** Tell the frame how far it is, and warn before the tab is closed over it. */
function publish(): void {
  const { running, done, failed, held } = tally(shots.value);
  progress.value = running > 0 ? { settled: done + failed, total: running + done + failed, held } : null;
  if (running > 0) window.addEventListener("beforeunload", warn);
  else window.removeEventListener("beforeunload", warn);
}

effect(publish);
session.subscribe(() => queueMicrotask(onAccount)); // once its token is known, which each POST carries
online.subscribe((isOnline) => isOnline && goOn());
document.addEventListener("visibilitychange", () => document.hidden || pump());
