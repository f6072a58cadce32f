/** Which files may be taken: checked before anything is sent, refused in words. */
import { fileSize } from "../format";
import { strings } from "../strings";

export const LARGEST_BYTES = 64 * 2 ** 20;
/** As many as one looks after on a screen; more are for the command line. */
export const MOST_SHOTS = 100;

const TYPES = new Set(["image/jpeg", "image/pjpeg", "image/png", "image/tiff", "image/webp"]);
const ENDINGS = /\.(jpe?g|png|tiff?|webp)$/i;
const words = strings.capture.refused;

/** What the file chooser offers; phones convert their own formats to JPEG for it. */
export const ACCEPTED = "image/jpeg,image/png,image/webp,image/tiff,.tif,.tiff";

interface Candidate {
  name: string;
  type: string;
  size: number;
}

export interface Refusal {
  name: string;
  reason: string;
}

/** Why a file cannot be scored, or null. */
export function refusal(file: Candidate): string | null {
  if (!(TYPES.has(file.type) || ENDINGS.test(file.name))) return words.type;
  if (file.size === 0) return words.empty;
  if (file.size > LARGEST_BYTES) return words.size(fileSize(file.size));
  return null;
}

/** Part files in those that are taken and those that are refused; `room` is how many more may come. */
export function sort<File extends Candidate>(
  files: readonly File[],
  room: number,
): { taken: File[]; refused: Refusal[] } {
  const taken: File[] = [];
  const refused: Refusal[] = [];
  for (const file of files) {
    const reason = refusal(file) ?? (taken.length >= room ? words.room(MOST_SHOTS) : null);
    if (reason === null) taken.push(file);
    else refused.push({ name: file.name, reason });
  }
  return { taken, refused };
}

/** Whether a browser can show it: TIFF it cannot. */
export function canPreview(file: Candidate): boolean {
  return file.type !== "image/tiff" && !/\.tiff?$/i.test(file.name);
}
