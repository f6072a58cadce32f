/** The sizes in which the gateway makes a picture, and the tiles that a size is cut into for drawing. */

export interface Level {
  url: string;
  width: number;
  height: number;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const TILE_PX = 512;
const SIZES_PX = [512, 1024, 2048, 4096];

/** Return the levels of a picture, smallest first; the last is the whole one unless `largestPx` is less. */
export function levelsOf(url: string, width: number, height: number, largestPx = Infinity): Level[] {
  const longest = Math.max(width, height);
  const levels = SIZES_PX.filter((size) => size < longest && size <= largestPx).map((size) => ({
    url: withSize(url, size),
    width: Math.max(1, Math.round((width * size) / longest)),
    height: Math.max(1, Math.round((height * size) / longest)),
  }));
  return longest <= largestPx ? [...levels, { url, width, height }] : levels;
}

function withSize(url: string, size: number): string {
  return `${url}${url.includes("?") ? "&" : "?"}max_px=${size}`;
}

/** Return the part of a level's picture that a tile shows. */
export function tileBox(level: Level, column: number, row: number): Box {
  const [x, y] = [column * TILE_PX, row * TILE_PX];
  return {
    x,
    y,
    width: Math.max(1, Math.min(TILE_PX, level.width - x)),
    height: Math.max(1, Math.min(TILE_PX, level.height - y)),
  };
}
