import { describe, expect, it } from "vitest";
import { canPreview, LARGEST_BYTES, refusal, sort } from "./importing";

const file = (name: string, type = "", size = 10) => ({ name, type, size });

describe("a file", () => {
  it("is taken by its type, or by its name where the device knows no type", () => {
    expect(refusal(file("image", "image/jpeg"))).toBeNull();
    for (const name of ["a.JPG", "a.jpeg", "a.png", "a.tif", "a.tiff", "a.webp"])
      expect(refusal(file(name))).toBeNull();
  });

  it.each([
    ["notes.pdf", "application/pdf", 10, "Not a JPEG"],
    ["photo.heic", "image/heic", 10, "Not a JPEG"],
    ["empty.jpg", "image/jpeg", 0, "empty"],
    ["large.png", "image/png", LARGEST_BYTES + 1, "64 MiB"],
  ])("%s is refused in words", (name, type, size, words) => {
    expect(refusal(file(name, type, size))).toContain(words);
  });

  it("of the largest size is taken", () => {
    expect(refusal(file("a.png", "image/png", LARGEST_BYTES))).toBeNull();
  });

  it("that browsers cannot show has no preview", () => {
    expect([file("a.tif"), file("a", "image/tiff"), file("a.jpg", "image/jpeg")].map(canPreview)).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("several files", () => {
  it("are parted: one that is refused leaves its neighbours", () => {
    const { taken, refused } = sort([file("a.jpg"), file("b.txt"), file("c.png")], 10);
    expect(taken.map(({ name }) => name)).toEqual(["a.jpg", "c.png"]);
    expect(refused.map(({ name }) => name)).toEqual(["b.txt"]);
  });

  it("are refused where there is no more room", () => {
    const { taken, refused } = sort([file("a.jpg"), file("b.jpg")], 1);
    expect([taken.length, refused[0]?.name]).toEqual([1, "b.jpg"]);
    expect(refused[0]?.reason).toContain("at once");
  });
});
