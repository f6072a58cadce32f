import { describe, expect, it } from "vitest";
import { levelsOf, tileBox } from "./pyramid";

describe("the levels of a picture", () => {
  it("end with the whole one", () => {
    const levels = levelsOf("/image.jpg", 8000, 6000);
    expect(levels.map((level) => [level.url, level.width, level.height])).toEqual([
      ["/image.jpg?max_px=512", 512, 384],
      ["/image.jpg?max_px=1024", 1024, 768],
      ["/image.jpg?max_px=2048", 2048, 1536],
      ["/image.jpg?max_px=4096", 4096, 3072],
      ["/image.jpg", 8000, 6000],
    ]);
  });
  it("are one for a small image", () => expect(levelsOf("/image.jpg", 256, 256)).toHaveLength(1));
  it("stop where they are bounded, and keep the query", () => {
    const levels = levelsOf("/mask.png?style=layer", 8000, 6000, 2048);
    expect(levels.at(-1)?.url).toBe("/mask.png?style=layer&max_px=2048");
  });
});

describe("a tile", () => {
  it("is cut at the edge", () => {
    const level = { url: "", width: 700, height: 512 };
    expect(tileBox(level, 1, 0)).toEqual({ x: 512, y: 0, width: 188, height: 512 });
  });
});
