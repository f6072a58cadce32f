/** Sends one image by XMLHttpRequest, which tells how far it is; `fetch` cannot. */
import { noteStatus, sessionHeaders } from "../api/client";
import type { Analysis } from "../api/documents";
import { connectionProblem, Problem, problemOf } from "../api/problem";
import { strings } from "../strings";

/** Neither a byte sent nor an answer for so long: the connection counts as lost. */
const STALL_MS = 60_000;
/** The service answers when it has the score, or after so long with the record's id alone. */
const WAIT_SECONDS = 2;
const ADDRESS = "/api/v1/analyses?nuclei=false";

export interface Upload {
  file: File;
  key: string;
  fields: Readonly<Record<string, string>>;
  onProgress: (percent: number) => void;
  onSent: () => void;
}

/** Begin to send; `answer` brings the record or a `Problem`, `cancel` stops at once. */
export function upload(sent: Upload): { answer: Promise<Analysis>; cancel: () => void } {
  const request = new XMLHttpRequest();
  const answer = new Promise<Analysis>((resolve, reject) => {
    const clock = stallClock(request);
    request.upload.onprogress = (event) => {
      clock.wind();
      if (event.lengthComputable) sent.onProgress(Math.floor((100 * event.loaded) / event.total));
    };
    request.upload.onload = () => {
      clock.wind();
      sent.onSent();
    };
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => void lost(sent.file).then(reject);
    request.onabort = () => reject(connectionProblem(strings.problems.noConnection));
    request.onloadend = () => clock.stop();
    open(request, sent.key);
    request.send(form(sent));
  });
  return { answer, cancel: () => request.abort() };
}

function open(request: XMLHttpRequest, key: string): void {
  request.open("POST", ADDRESS);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Idempotency-Key", key);
  for (const [name, value] of Object.entries(sessionHeaders())) request.setRequestHeader(name, value);
}

function form({ file, fields }: Upload): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set("wait", String(WAIT_SECONDS));
  body.set("images", file, file.name);
  return body;
}

function stallClock(request: XMLHttpRequest): { wind: () => void; stop: () => void } {
  const begin = () => setTimeout(() => request.abort(), STALL_MS);
  let timer = begin();
  const stop = () => clearTimeout(timer);
  const wind = () => {
    stop();
    timer = begin();
  };
  return { wind, stop };
}

interface Item {
  analysis?: Analysis | null;
  problem?: { status?: number } | null;
}

function settle(
  request: XMLHttpRequest,
  resolve: (analysis: Analysis) => void,
  reject: (problem: Problem) => void,
): void {
  noteStatus(request.status);
  const body = parsed(request.responseText);
  const item = (body as { items?: Item[] } | null)?.items?.[0];
  if (request.status < 300 && item?.analysis) resolve(item.analysis);
  else if (item?.problem) reject(problemOf(item.problem.status ?? 500, item.problem));
  else reject(problemOf(request.status, body, headersOf(request)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function headersOf(request: XMLHttpRequest): Headers {
  const headers = new Headers();
  for (const name of ["Retry-After", "X-Request-Id"]) {
    const value = request.getResponseHeader(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

/** Tell a lost connection from a file that is no longer where it was chosen. */
async function lost(file: File): Promise<Problem> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return connectionProblem(strings.problems.noConnection);
  } catch {
    return new Problem(410, "file-gone", strings.capture.refused.gone);
  }
}
