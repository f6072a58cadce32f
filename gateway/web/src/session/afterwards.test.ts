import { describe, expect, it } from "vitest";
import { pageAfter, refusalOf } from "./afterwards";

describe("after signing in", () => {
  it("comes the page that was asked for", () => {
    expect(pageAfter("/records", "?category=high")).toBe("/records?category=high");
  });

  it("comes the first page where the door itself was open", () => {
    expect(pageAfter("/sign-in", "?problem=oidc-refused")).toBe("/");
  });

  it("is told why the provider's sign-in failed", () => {
    expect([refusalOf("?problem=oidc-refused"), refusalOf("?a=b"), refusalOf("")]).toEqual([
      "oidc-refused",
      null,
      null,
    ]);
  });
});
