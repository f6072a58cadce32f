import { describe, expect, it } from "vitest";
import { tokenIn } from "./token";

describe("the token of a link", () => {
  it("is what stands behind the hash", () => {
    expect(tokenIn(`#${"aB-_9".repeat(8)}`)).toBe("aB-_9".repeat(8));
  });

  it.each(["", "#", "#short", "#content", `#${"a".repeat(30)}/x`, `#${"a".repeat(30)}%20`])(
    "is none where there is none: %s",
    (fragment) => expect(tokenIn(fragment)).toBeNull(),
  );
});
