import { describe, expect, it } from "vitest";
import { connectionProblem, problemOf } from "../api/problem";
import { eventOf, eventOfFailure } from "./outcome";

const RECORD = { id: "r1", index_percent: 1, category: null, counts: null, warnings: [], problem: null };

describe("a record", () => {
  it("is a result once it is scored, and nothing yet before", () => {
    expect(eventOf({ ...RECORD, status: "succeeded" })?.kind).toBe("finished");
    expect(eventOf({ ...RECORD, status: "queued" })).toBeNull();
    expect(eventOf({ ...RECORD, status: "running" })).toBeNull();
  });

  it("that failed says why, and its key is spent", () => {
    expect(eventOf({ ...RECORD, status: "failed" })).toMatchObject({ kind: "refused", recordKept: true });
  });
});

describe("a failed request", () => {
  it.each([
    [connectionProblem("away"), { kind: "held", why: "connection" }],
    [problemOf(503, {}, new Headers({ "Retry-After": "7" })), { kind: "held", why: "busy", pauseMs: 7_000 }],
    [problemOf(429, {}), { kind: "held", why: "busy", pauseMs: null }],
    [problemOf(409, { type: "/problems/idempotency-key-in-flight" }), { kind: "held", why: "busy" }],
    [problemOf(403, { type: "/problems/csrf" }), { kind: "held", why: "busy" }],
    [problemOf(403, { type: "/problems/insufficient-scope" }), { kind: "refused" }],
    [problemOf(401, {}), { kind: "held", why: "session" }],
    [problemOf(422, { detail: "Broken." }), { kind: "refused", recordKept: false }],
    [new TypeError("?"), { kind: "refused", recordKept: false }],
  ])("%s", (error, event) => {
    expect(eventOfFailure(error, 5)).toMatchObject(event);
  });
});
