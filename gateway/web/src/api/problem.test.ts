import { describe, expect, it } from "vitest";
import { connectionProblem, problemOf } from "./problem";

describe("a problem", () => {
  it("says what the interface said", () => {
    const body = { type: "/problems/image-too-large", detail: "Send a smaller one.", request_id: "abc" };
    const problem = problemOf(413, body);
    expect([problem.code, problem.message, problem.requestId]).toEqual([
      "image-too-large",
      "Send a smaller one.",
      "abc",
    ]);
    expect(problem.isPassing).toBe(false);
  });

  it("passes where the service asks to try later", () => {
    const problem = problemOf(503, {}, new Headers({ "Retry-After": "7" }));
    expect([problem.isPassing, problem.retryAfterSeconds]).toEqual([true, 7]);
  });

  it("is made of answers that are no documents", () => {
    expect(problemOf(502, "<html>").message).toBe("HTTP 502");
  });

  it("is passing and nameless without a connection", () => {
    expect([connectionProblem("away").isConnection, connectionProblem("away").isPassing]).toEqual([
      true,
      true,
    ]);
  });
});
