import { describe, expect, it } from "vitest";
import { stateOf } from "./keys";

const now = new Date("2026-11-24T12:00:00Z");

describe("a key", () => {
  it("is live until it expires or is revoked", () => {
    expect(stateOf({ revoked_at: null, expires_at: null }, now)).toBe("live");
    expect(stateOf({ revoked_at: null, expires_at: "2026-11-24T12:00:01Z" }, now)).toBe("live");
    expect(stateOf({ revoked_at: null, expires_at: "2026-11-24T12:00:00Z" }, now)).toBe("expired");
    expect(stateOf({ revoked_at: "2026-11-24T11:00:00Z", expires_at: null }, now)).toBe("revoked");
  });
});
