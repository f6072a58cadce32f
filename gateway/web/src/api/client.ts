/**
 * The typed client of the gateway: paths and documents come from its OpenAPI document.
 *
 * `ask(api.GET("/api/v1/analyses", …))` gives the document or throws a `Problem`. The session travels in a cookie;
 * what changes something carries its CSRF token. A session that ended is told to whoever listens.
 */
import createClient, { type Middleware } from "openapi-fetch";
import { suspectConnection } from "../connection";
import { strings } from "../strings";
import { connectionProblem, type Problem, problemOf } from "./problem";
import type { paths } from "./schema";

const SAFE = new Set(["GET", "HEAD"]);
const PATIENCE_MS = 60_000;

let csrfToken: string | null = null;
let whenSignedOut: () => void = () => {};

/** Remember the session's CSRF token; null where there is no session. */
export function rememberCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** Call `listener` when the gateway no longer knows the session. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

/** Headers that a request by hand (an upload with progress) must carry. */
export function sessionHeaders(): Record<string, string> {
  return csrfToken ? { "X-CSRF-Token": csrfToken } : {};
}

/** Tell everybody where an answer says that there is no session. */
export function noteStatus(status: number): void {
  if (status === 401 && csrfToken !== null) whenSignedOut();
}

const session: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method)) {
      for (const [name, value] of Object.entries(sessionHeaders())) request.headers.set(name, value);
    }
    return request;
  },
  onResponse({ response }) {
    noteStatus(response.status);
    return response;
  },
};

export const api = createClient<paths>({
  fetch: (request) =>
    fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]) }),
});
api.use(session);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Return the document that was answered, or throw a `Problem`. */
export async function ask<Data>(sent: Promise<Answer<Data>>): Promise<Data> {
  return (await askWhole(sent)).data;
}

/** The same, with the response for those who need its headers (ETag, Link). */
export async function askWhole<Data>(
  sent: Promise<Answer<Data>>,
): Promise<{ data: Data; response: Response }> {
  const { data, error, response } = await reached(sent);
  if (!response.ok) throw problemOf(response.status, error, response.headers);
  return { data: data as Data, response };
}

async function reached<Data>(sent: Promise<Answer<Data>>): Promise<Answer<Data>> {
  try {
    return await sent;
  } catch {
    suspectConnection();
    throw connectionProblem(strings.problems.noConnection);
  }
}

/** Say a failure in words, whatever was thrown. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : strings.problems.unknown;
}

export type { Problem };
