/** Tags as a person types them, between commas. */

export const MOST_TAGS = 20;
export const LONGEST_TAG = 50;

/** Read what was typed: trimmed, each once, in order. */
export function tagsOf(text: string): string[] {
  const found = text
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
  return [...new Set(found)];
}

/** Add what was typed to the tags there are. */
export function withTags(tags: string[], text: string): string[] {
  return [...new Set([...tags, ...tagsOf(text)])];
}

/** Say why these tags cannot be kept; null where they can. */
export function faultOf(tags: string[]): "many" | "long" | null {
  if (tags.length > MOST_TAGS) return "many";
  return tags.some((each) => [...each].length > LONGEST_TAG) ? "long" : null;
}
