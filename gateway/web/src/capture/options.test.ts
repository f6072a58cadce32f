import { describe, expect, it } from "vitest";
import { fieldsOf, isUsable, mppOf, parseScale, readMpp } from "./options";

const NO_LABELS = { caseLabel: "", tags: "", modelVersion: "" };

describe("the scale", () => {
  it("of a 40x objective is 0.25 microns per pixel", () => {
    expect(mppOf(40)).toBe(0.25);
  });

  it.each([
    ["0.25", 0.25],
    [" 0,5 ", 0.5],
    [".3", 0.3],
    ["5", 5],
    ["5.01", null],
    ["0.01", null],
    ["0.25um", null],
    ["1e-1", null],
    ["", null],
  ])("is read from %s", (text, value) => {
    expect(readMpp(text)).toBe(value);
  });

  it("cannot be used while the number is missing", () => {
    expect(isUsable({ kind: "mpp", text: "" })).toBe(false);
    expect(isUsable({ kind: "mpp", text: "0.3" })).toBe(true);
    expect(isUsable({ kind: "unknown" })).toBe(true);
  });

  it("is kept for the session; what is no scale is not read", () => {
    for (const scale of [
      { kind: "objective", magnification: 20 },
      { kind: "mpp", text: "0.3" },
      { kind: "unknown" },
    ])
      expect(parseScale(JSON.stringify(scale))).toEqual(scale);
    for (const kept of [null, "{", "7", '{"kind":"objective","magnification":41}'])
      expect(parseScale(kept)).toBeNull();
  });
});

describe("the form", () => {
  it("holds only what was chosen", () => {
    expect(fieldsOf({ kind: "unknown" }, NO_LABELS)).toEqual({});
    expect(fieldsOf({ kind: "objective", magnification: 40 }, NO_LABELS)).toEqual({ objective: "40" });
  });

  it("holds labels and version as the service names them", () => {
    const labels = { caseLabel: " S26-1 ", tags: "breast, teaching", modelVersion: "1.0" };
    expect(fieldsOf({ kind: "mpp", text: "0,3" }, labels)).toEqual({
      mpp: "0.3",
      case_label: "S26-1",
      tags: "breast, teaching",
      model_version: "1.0",
    });
  });
});
