import { describe, expect, it } from "vitest";
import { downloadQuery, filtersOf, furtherCount, NO_FILTERS, queryOf, searchOf } from "./filters";

describe("filters", () => {
  it("come back from the address as they were written", () => {
    const filters = { ...NO_FILTERS, text: "a & b", category: ["low", "high"], caseLabel: "S26", from: "2026-11-24" };
    expect(filtersOf(`?${searchOf(filters)}`)).toEqual(filters);
    expect(searchOf(NO_FILTERS)).toBe("");
  });

  it("take from an address only what can be asked", () => {
    const found = filtersOf("?category=high,huge&status=none&from=yesterday&to=2026-13-40&assigned=maybe");
    expect(found).toEqual({ ...NO_FILTERS, category: ["high"] });
  });

  it("become the interface's query, to the end of the last day", () => {
    const query = queryOf({ ...NO_FILTERS, text: " x ", to: "2026-12-31", assigned: "false", version: "1.1" });
    expect(query).toEqual({
      text: "x",
      created_to: new Date(2027, 0, 1).toISOString(),
      assigned: false,
      model_version: "1.1",
    });
  });

  it("are counted where they are out of sight", () => {
    expect(furtherCount({ ...NO_FILTERS, text: "x", category: ["low"], tag: "breast", status: ["failed"] })).toBe(2);
  });

  it("go with a download", () => {
    expect(downloadQuery({ ...NO_FILTERS, tag: "lymph node" }, { include: "csv" })).toBe(
      "?tag=lymph+node&include=csv",
    );
    expect(downloadQuery(NO_FILTERS)).toBe("");
  });
});
