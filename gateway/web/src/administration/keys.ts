/** What is to be known of an API key by its dates. */
import type { components } from "../api/schema";

export type ApiKey = components["schemas"]["ApiKeysOut.ApiKeyOut"];
export type KeyState = "live" | "expired" | "revoked";

/** Tell whether the key opens anything now. */
export function stateOf(key: Pick<ApiKey, "revoked_at" | "expires_at">, now: Date): KeyState {
  if (key.revoked_at) return "revoked";
  return key.expires_at && new Date(key.expires_at) <= now ? "expired" : "live";
}
