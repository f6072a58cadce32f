import { describe, expect, it } from "vitest";
import type { Assignment } from "./documents";
import { answerPage, isOpen, statusesOf } from "./states";

const asked = (more: Partial<Assignment>) =>
  ({ id: "a1", analysis_id: "r1", status: "requested", purpose: "second_opinion", ...more }) as Assignment;

describe("a request", () => {
  it("is open until it is done or declined", () => {
    const states = (["requested", "accepted", "declined", "done"] as const).map((status) =>
      isOpen(asked({ status })),
    );
    expect(states).toEqual([true, true, false, false]);
  });

  it("is listed by where it stands", () => {
    expect(statusesOf("open")).toBe("requested,accepted");
    expect(statusesOf("all").split(",")).toHaveLength(4);
  });

  it("is answered on its page, by marks where it is for learning, and nowhere once declined", () => {
    expect(answerPage(asked({}))).toBe("/reviews/a1");
    expect(answerPage(asked({ purpose: "learning" }))).toBe("/learn/r1");
    expect(answerPage(asked({ status: "declined" }))).toBeNull();
  });
});
