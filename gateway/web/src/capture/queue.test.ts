import { describe, expect, it } from "vitest";
import {
  advance,
  MOST_UPLOADS,
  newShot,
  nextMoment,
  type Order,
  pause,
  type Scored,
  type Shot,
  type ShotEvent,
  tally,
  toLookAt,
  toResume,
  toSend,
} from "./queue";

const ORDER: Order = { account: "me/here", fields: { objective: "40" } };
const RUN: ShotEvent = { kind: "run", order: ORDER };
const BEGUN: ShotEvent = { kind: "begun" };
const SENT: ShotEvent = { kind: "sent" };
const ACCEPTED: ShotEvent = { kind: "accepted", recordId: "r1", now: 1_000 };
const LOST: ShotEvent = { kind: "held", why: "connection", now: 1_000 };
const RESULT: Scored = { id: "r1", index_percent: 20, category: "high", counts: null, warnings: [] };
const FINISHED: ShotEvent = { kind: "finished", analysis: RESULT };
const REASON = { detail: "It is broken.", reference: "abc" };
const AGAIN: ShotEvent = { kind: "again", order: ORDER, newKey: "key-2" };

const refused = (recordKept: boolean): ShotEvent => ({ kind: "refused", reason: REASON, recordKept });
const shot = (...events: ShotEvent[]): Shot => events.reduce(advance, newShot(1, "key-1", "a.jpg", 10));

describe("a shot", () => {
  it("goes from chosen to done", () => {
    const kinds: string[] = [];
    [RUN, BEGUN, SENT, ACCEPTED, FINISHED].reduce((now, event) => {
      const next = advance(now, event);
      kinds.push(next.state.kind);
      return next;
    }, shot());
    expect(kinds).toEqual(["waiting", "uploading", "scoring", "scoring", "done"]);
  });

  it("is run once, however often it is asked for", () => {
    const running = shot(RUN, BEGUN);
    expect(advance(running, RUN)).toBe(running);
    expect(advance(shot(RUN, BEGUN, SENT, ACCEPTED, FINISHED), RUN).state.kind).toBe("done");
  });

  it("goes on with the same key and order after a lost connection", () => {
    const resumed = shot(RUN, BEGUN, { kind: "progress", percent: 40 }, LOST, {
      kind: "resumed",
      now: 9_000,
    });
    expect([resumed.state.kind, resumed.key, resumed.order]).toEqual(["waiting", "key-1", ORDER]);
  });

  it("is not sent again once its record is known", () => {
    const resumed = shot(RUN, BEGUN, SENT, ACCEPTED, LOST, { kind: "resumed", now: 9_000 });
    expect(resumed.state).toMatchObject({ kind: "scoring", recordId: "r1", lookAt: 9_000 });
    expect(toSend([resumed])).toEqual([]);
  });

  it("keeps its key where nothing was recorded, and gets a new one where its record failed", () => {
    expect(shot(RUN, BEGUN, refused(false), AGAIN).key).toBe("key-1");
    expect(shot(RUN, BEGUN, SENT, ACCEPTED, refused(true), AGAIN).key).toBe("key-2");
  });

  it("says why it failed until it is tried again", () => {
    expect(shot(RUN, BEGUN, refused(false)).state).toEqual({ kind: "failed", reason: REASON });
    expect(shot(RUN, BEGUN, refused(false), AGAIN).state.kind).toBe("waiting");
  });

  it("waits longer after each attempt, and at least as long as it was told", () => {
    const once = shot(RUN, BEGUN, LOST);
    const twice = [{ kind: "resumed", now: 0 } as const, BEGUN, LOST].reduce(advance, once);
    const told = shot(RUN, BEGUN, { kind: "held", why: "busy", now: 1_000, pauseMs: 60_000 });
    expect([once, twice, told].map((each) => nextMoment([each], new Set()))).toEqual([3_000, 5_000, 61_000]);
    expect(pause(99)).toBe(30_000);
  });

  it("ignores what comes too late", () => {
    const done = shot(RUN, BEGUN, SENT, ACCEPTED, FINISHED);
    for (const event of [BEGUN, SENT, ACCEPTED, LOST, refused(false), AGAIN])
      expect(advance(done, event)).toBe(done);
    const chosen = shot();
    for (const event of [BEGUN, SENT, FINISHED, LOST]) expect(advance(chosen, event)).toBe(chosen);
  });
});

describe("the queue", () => {
  const many = (amount: number, ...events: ShotEvent[]): Shot[] =>
    Array.from({ length: amount }, (_, place) => ({ ...shot(...events), id: place + 1 }));

  it("sends so many at a time, the first ones first", () => {
    const waiting = many(5, RUN);
    expect(toSend(waiting).map(({ id }) => id)).toEqual([1, 2, 3]);
    const busy = [...many(2, RUN, BEGUN), shot(RUN, BEGUN, SENT), ...waiting];
    expect(busy.slice(0, MOST_UPLOADS).length).toBe(3);
    expect(toSend(busy)).toEqual([]);
  });

  it("does not count those that the service has taken as being sent", () => {
    expect(toSend([...many(9, RUN, BEGUN, SENT, ACCEPTED), shot(RUN)])).toHaveLength(1);
  });

  it("looks at what is due, a few at a time, each once", () => {
    const scoring = many(5, RUN, BEGUN, SENT, ACCEPTED);
    expect(toLookAt(scoring, new Set(), 1_000)).toEqual([]);
    expect(toLookAt(scoring, new Set([1]), 99_000).map(({ id }) => id)).toEqual([2, 3]);
  });

  it("looks less often the longer it lasts", () => {
    const looks = Array.from({ length: 20 }, () => ({ kind: "looked", now: 0 }) as const);
    expect(nextMoment([shot(RUN, BEGUN, SENT, ACCEPTED, ...looks.slice(0, 1))], new Set())).toBe(900);
    expect(nextMoment([shot(RUN, BEGUN, SENT, ACCEPTED, ...looks)], new Set())).toBe(6_000);
  });

  it("goes on by the clock where the connection was lost, and only then", () => {
    const signedOut = shot(RUN, { kind: "held", why: "session", now: 1_000 });
    expect(toResume([shot(RUN, BEGUN, LOST), signedOut], 3_000)).toHaveLength(1);
    expect(toResume([shot(RUN, BEGUN, LOST)], 2_999)).toEqual([]);
    expect(nextMoment([signedOut], new Set())).toBe(Number.POSITIVE_INFINITY);
  });

  it("is counted", () => {
    const all = [shot(), shot(RUN), shot(RUN, BEGUN, LOST), shot(RUN, BEGUN, refused(false))];
    expect(tally([...all, shot(RUN, BEGUN, SENT, ACCEPTED, FINISHED)])).toEqual({
      chosen: 1,
      running: 2,
      done: 1,
      failed: 1,
      held: 1,
    });
  });
});
