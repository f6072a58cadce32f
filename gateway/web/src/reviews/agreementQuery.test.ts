import { describe, expect, it } from "vitest";
import { queryOf, searchOf } from "./agreementQuery";

describe("what is compared", () => {
  it("is read from the address, without what is empty or odd", () => {
    const search = new URLSearchParams("case_label=+A+&tag=&blind=false&other=1");
    expect(queryOf(search)).toEqual({ case_label: "A", blind: false });
    expect(queryOf(new URLSearchParams("blind=perhaps"))).toEqual({});
  });

  it("is written back as it was read", () => {
    const query = { tag: "hot spot", created_from: "2026-11-01", blind: true };
    expect(queryOf(new URLSearchParams(searchOf(query)))).toEqual(query);
  });
});
