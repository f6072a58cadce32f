import { describe, expect, it } from "vitest";
import { faultOf, tagsOf, withTags } from "./tags";

describe("tags", () => {
  it("are what stands between commas, each once", () => {
    expect(tagsOf(" breast, ,lymph node,breast ")).toEqual(["breast", "lymph node"]);
    expect(withTags(["a"], "b, a")).toEqual(["a", "b"]);
  });

  it("are refused where the interface would", () => {
    expect(faultOf(Array.from({ length: 21 }, (_, i) => `${i}`))).toBe("many");
    expect(faultOf(["é".repeat(51)])).toBe("long");
    expect(faultOf(["é".repeat(50)])).toBeNull();
  });
});
