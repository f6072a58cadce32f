import { api, ask } from "../api/client";
import type { components } from "../api/schema";

export type Progress = components["schemas"]["ProgressOut"];
export type ProgressItem = components["schemas"]["ProgressOut.ProgressItemOut"];

/** Read first attempts, oldest first: one's own, or a member's on records that one may change. */
export function loadProgress(authorId: string): Promise<Progress> {
  const query = authorId ? { author_id: authorId } : {};
  return ask(api.GET("/api/v1/learning/progress", { params: { query } }));
}
