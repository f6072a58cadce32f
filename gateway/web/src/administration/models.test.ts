import { describe, expect, it } from "vitest";
import { changedPercent, engineText } from "./models";

const disagreement = { compared: 40, errors: 0, category_changes: 3, mean_points: 1, largest_points: 4 };

describe("a model version", () => {
  it("names its engine as far as it is known", () => {
    expect(engineText({ name: "openvino", precision: "fp32", device: "cpu" })).toBe("openvino, fp32, cpu");
    expect(engineText({ name: "torch" })).toBe("torch");
    expect(engineText(null)).toBe("");
  });

  it("disagrees in a share of what was compared", () => {
    expect(changedPercent(disagreement)).toBe(7.5);
    expect(changedPercent({ ...disagreement, compared: 0, category_changes: 0 })).toBeNull();
  });
});
