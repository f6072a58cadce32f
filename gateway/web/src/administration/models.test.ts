import { describe, expect, it } from "vitest";
import { changedPercent, engineText, tellsShares } from "./models";

const version = { name: "ki67", version: "1.1", is_default: true };

describe("a model version", () => {
  it("may say nothing of shares", () => {
    expect(tellsShares([version])).toBe(false);
    expect(tellsShares([version, { ...version, share_percent: 0 }])).toBe(true);
  });

  it("names its engine as far as it is known", () => {
    expect(engineText({ name: "openvino", precision: "fp32", device: "cpu" })).toBe("openvino, fp32, cpu");
    expect(engineText({ name: "torch", precision: 3 })).toBe("torch");
    expect(engineText(null)).toBe("");
  });

  it("disagrees in a share of what was compared", () => {
    expect(changedPercent({ compared: 40, category_changes: 3 })).toBe(7.5);
    expect(changedPercent({ compared: 0, category_changes: 0 })).toBeNull();
  });
});
