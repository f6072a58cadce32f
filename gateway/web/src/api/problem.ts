/** A failure that a person can be told: what the interface said (RFC 9457), or that it could not be reached. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
  }

  /** Nothing was answered: the same request, with the same key, may be sent again. */
  get isConnection(): boolean {
    return this.status === 0;
  }

  /** The service asks to try later. */
  get isPassing(): boolean {
    return this.isConnection || [429, 502, 503, 504].includes(this.status);
  }
}

interface ProblemBody {
  type?: string;
  title?: string;
  detail?: string;
  request_id?: string;
}

/** Make a problem of an answer's status, parsed body and headers. */
export function problemOf(status: number, body: unknown, headers?: Headers): Problem {
  const said = (typeof body === "object" && body !== null ? body : {}) as ProblemBody;
  const code = (said.type ?? "").replace("/problems/", "") || `status-${status}`;
  const seconds = Number(headers?.get("Retry-After") ?? Number.NaN);
  return new Problem(
    status,
    code,
    said.detail ?? said.title ?? `HTTP ${status}`,
    said.request_id ?? headers?.get("X-Request-Id") ?? null,
    Number.isFinite(seconds) ? seconds : null,
  );
}

/** Nothing came back: no connection, or it broke. */
export function connectionProblem(detail: string): Problem {
  return new Problem(0, "no-connection", detail);
}
