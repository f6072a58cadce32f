/** Lets the picture's frame on a phone be as high as the field, not higher. */
import type { Analysis } from "../api/documents";

export function ratioOf({ image }: Analysis): Record<string, string> {
  return { "--ratio": String(image.height_px / image.width_px) };
}
