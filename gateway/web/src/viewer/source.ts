/**
 * A picture as OpenSeadragon takes it: each level is fetched and decoded once, off the page's thread, and cut
 * into tiles, so that no canvas is larger than a tile (phones refuse large ones) and no frame waits for one.
 */
import { noteStatus } from "../api/client";
import { type Level, TILE_PX, tileBox } from "./pyramid";

const PATIENCE_MS = 120_000;
const TRIES = 4;
const PAUSE_MS = 2_000;

interface Job {
  tile: { level: number; x: number; y: number };
  finish: (data: ImageBitmap, request: null, type: string) => void;
  fail: (message: string, request: null) => void;
}

interface Picture {
  levels: Level[];
  widthPx: number;
  heightPx: number;
}

/** Return the options of a tile source over the levels of an image; `stopped` ends what is under way. */
export function slicedSource(shown: Picture, stopped: AbortSignal): Record<string, unknown> {
  const { levels, widthPx, heightPx } = shown;
  const pictures = new Map<number, Promise<ImageBitmap>>();
  stopped.addEventListener("abort", () => release(pictures));
  return {
    width: widthPx,
    height: heightPx,
    tileSize: TILE_PX,
    tileOverlap: 0,
    minLevel: 0,
    maxLevel: levels.length - 1,
    getLevelScale: (level: number) => (levels[level] ? levels[level].width / widthPx : Number.NaN),
    getTileUrl: (level: number, x: number, y: number) => `${levels[level]?.url}#${x},${y}`,
    downloadTileStart: (job: Job) => void cut(job, levels, pictures, stopped),
    downloadTileAbort: () => {},
  };
}

async function cut(
  job: Job,
  levels: Level[],
  pictures: Map<number, Promise<ImageBitmap>>,
  stopped: AbortSignal,
): Promise<void> {
  const { level, x, y } = job.tile;
  try {
    const shown = levels[level] as Level;
    const known = pictures.get(level) ?? picture(shown.url, stopped);
    pictures.set(level, known);
    const box = tileBox(shown, x, y);
    const bitmap = await createImageBitmap(await known, box.x, box.y, box.width, box.height);
    // A closed viewer complains of tiles that arrive late.
    if (stopped.aborted) bitmap.close();
    else job.finish(bitmap, null, "imageBitmap");
  } catch (error) {
    pictures.delete(level);
    if (!stopped.aborted) job.fail(String(error), null);
  }
}

async function picture(url: string, stopped: AbortSignal): Promise<ImageBitmap> {
  for (let tried = 1; ; tried++) {
    const answer = await fetch(url, { signal: AbortSignal.any([stopped, AbortSignal.timeout(PATIENCE_MS)]) });
    noteStatus(answer.status);
    if (answer.ok) return createImageBitmap(await answer.blob());
    if (answer.status !== 503 || tried === TRIES) throw new Error(`HTTP ${answer.status}`);
    await new Promise((resume) => setTimeout(resume, PAUSE_MS * tried));
  }
}

function release(pictures: Map<number, Promise<ImageBitmap>>): void {
  for (const each of pictures.values()) {
    each.then(
      (bitmap) => bitmap.close(),
      () => {},
    );
  }
  pictures.clear();
}
