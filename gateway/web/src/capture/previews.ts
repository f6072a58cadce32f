/**
 * Small pictures of what was chosen, made one after another: twenty photos of 12 megapixels, opened at once, would
 * fill a phone's memory. The one whose turn it is is shown as it is until its small picture is there.
 */
import { type Signal, signal } from "@preact/signals";
import { canPreview } from "./importing";

const WIDTH_PX = 320;
const RELEASED_AFTER_MS = 1_000;

export type Preview = { kind: "waiting" } | { kind: "shown"; url: string } | { kind: "none" };

const known = new Map<number, Signal<Preview>>();
const queue: { id: number; file: File }[] = [];
let isBusy = false;

/** The small picture of a shot. */
export function previewOf(id: number): Signal<Preview> {
  const found = known.get(id) ?? signal<Preview>({ kind: "waiting" });
  known.set(id, found);
  return found;
}

/** Make a small picture as soon as those before it are made. */
export function preview(id: number, file: File): void {
  const shown = previewOf(id);
  if (!canPreview(file)) {
    shown.value = { kind: "none" };
    return;
  }
  queue.push({ id, file });
  if (!isBusy) void work();
}

/** Forget a shot's picture and give its memory back. */
export function dropPreview(id: number): void {
  const shown = known.get(id);
  known.delete(id);
  if (shown) release(shown.value);
}

async function work(): Promise<void> {
  isBusy = true;
  for (let next = queue.shift(); next; next = queue.shift()) await make(next.id, next.file);
  isBusy = false;
}

async function make(id: number, file: File): Promise<void> {
  if (!known.has(id)) return;
  show(id, URL.createObjectURL(file));
  try {
    show(id, URL.createObjectURL(await reduced(file)));
  } catch {
    show(id, null);
  }
}

/** Show a picture in place of the last one; null: there is none to show. */
function show(id: number, url: string | null): void {
  const shown = known.get(id);
  if (!shown) {
    if (url) URL.revokeObjectURL(url);
    return;
  }
  const last = shown.value;
  shown.value = url ? { kind: "shown", url } : { kind: "none" };
  release(last);
}

/** Give a picture's memory back once the page no longer shows it: an address taken away too soon is an error there. */
function release(last: Preview): void {
  if (last.kind === "shown") setTimeout(() => URL.revokeObjectURL(last.url), RELEASED_AFTER_MS);
}

async function reduced(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file, { resizeWidth: WIDTH_PX, resizeQuality: "medium" });
  try {
    const canvas = document.createElement("canvas");
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", 0.85),
    );
  } finally {
    bitmap.close();
  }
}
