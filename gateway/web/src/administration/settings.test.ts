import { describe, expect, it } from "vitest";
import { boundariesOf, categoryOf, changeOf, faultsOf, formOf, type Organisation } from "./settings";

const clinic: Organisation = {
  id: "1",
  name: "Clinic",
  created_at: "",
  updated_at: "",
  category_boundaries_percent: [5, 30],
  default_mpp: null,
  retention_days: 365,
};

describe("settings", () => {
  it("send only what was changed, and null to take one back", () => {
    const form = { ...formOf(clinic), low: "7,5", retention: "" };
    expect(changeOf(clinic, form)).toEqual({ category_boundaries_percent: [7.5, 30], retention_days: null });
    expect(changeOf(clinic, { ...form, low: "", high: "" }).category_boundaries_percent).toBeNull();
    expect(changeOf(clinic, formOf(clinic))).toEqual({});
  });

  it("find what cannot be kept", () => {
    const form = { name: " ", low: "30", high: "5", mpp: "9", retention: "1.5" };
    expect(faultsOf(form)).toEqual({ name: true, boundaries: true, mpp: true, retention: true });
    expect(faultsOf(formOf(clinic))).toEqual({});
    expect(boundariesOf({ ...form, low: "5", high: "" })).toBeUndefined();
  });

  it("count the boundaries themselves as borderline, as the service does", () => {
    const names = [9.9, 10, 20, 20.1].map((index) => categoryOf(index, [10, 20]));
    expect(names).toEqual(["low", "borderline", "borderline", "high"]);
  });
});
