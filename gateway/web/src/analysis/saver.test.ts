import { expect, it, vi } from "vitest";
import { Saver } from "./saver";

const soon = () => new Promise((resolve) => setTimeout(resolve, 15));

it("saves the newest state once, on the tag of the one before", async () => {
  const save = vi.fn(async (value: number, _etag: string | null) => `"${value}"`);
  const saver = new Saver<number>(
    save,
    null,
    () => {},
    () => {},
    1,
  );
  saver.change(1);
  saver.change(2);
  await soon();
  saver.change(3);
  await soon();
  expect(save.mock.calls).toEqual([
    [2, null],
    [3, '"2"'],
  ]);
});

it("keeps what could not be saved, and tries it again when asked", async () => {
  const tell = vi.fn();
  let isDown = true;
  const save = vi.fn(async () => {
    if (isDown) throw new Error("down");
    return null;
  });
  const fail = vi.fn();
  const saver = new Saver<number>(save, null, tell, fail, 1);
  saver.change(1);
  await soon();
  expect([tell.mock.lastCall, fail.mock.calls.length]).toEqual([["failed"], 1]);
  isDown = false;
  saver.retry();
  await soon();
  expect(tell.mock.lastCall).toEqual(["saved"]);
});

it("saves what is left when it is closed", async () => {
  const save = vi.fn(async () => null);
  const saver = new Saver<number>(
    save,
    null,
    () => {},
    () => {},
    60_000,
  );
  saver.change(1);
  saver.close();
  await soon();
  expect(save).toHaveBeenCalledTimes(1);
});
