import { describe, expect, it } from "vitest";
import { auditQuery, detailsText, NO_AUDIT_FILTERS } from "./audit";

describe("the audit log", () => {
  it("is asked for what was chosen, to the end of the last day", () => {
    expect(auditQuery({ ...NO_AUDIT_FILTERS, action: "analysis.deleted", to: "2026-12-31" })).toEqual({
      action: "analysis.deleted",
      to: new Date(2027, 0, 1).toISOString(),
    });
    expect(auditQuery(NO_AUDIT_FILTERS)).toEqual({});
  });

  it("writes details in a line", () => {
    expect(detailsText({ before: "analyst", after: "student", changed: ["tags"] })).toBe(
      'before: analyst, after: student, changed: ["tags"]',
    );
    expect(detailsText({})).toBe("");
  });
});
