/** Who is signed in: one signal that every page reads. */
import { computed, signal } from "@preact/signals";
import { api, ask, onSignedOut, rememberCsrfToken } from "../api/client";
import type { Session } from "../api/documents";
import { Problem } from "../api/problem";

/** undefined: not asked yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

/** Why nobody could be asked (no connection); null where the question was answered. */
export const sessionProblem = signal<Problem | null>(null);

export const scopes = computed(() => new Set(session.value?.scopes ?? []));

/** Tell whether the person's role covers a scope, as `analyses:write`. */
export function may(scope: string): boolean {
  return scopes.value.has(scope);
}

/** The session ended while somebody worked: the sign-in page says so, and the same page comes afterwards. */
export const hasEnded = signal(false);

onSignedOut(() => {
  hasEnded.value = true;
  accept(null);
});

/** Ask the gateway who is signed in. */
export async function loadSession(): Promise<void> {
  try {
    accept(await ask(api.GET("/api/v1/auth/session")));
    sessionProblem.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) accept(null);
    sessionProblem.value = error.status === 401 ? null : error;
  }
}

/** Sign in by address and password; throws a Problem. */
export async function signIn(email: string, password: string): Promise<void> {
  accept(await ask(api.POST("/api/v1/auth/session", { body: { email, password } })));
}

/** Sign out here; throws a Problem. */
export async function signOut(): Promise<void> {
  await ask(api.DELETE("/api/v1/auth/session"));
  accept(null);
}

/** Act in another of one's organisations; throws a Problem. */
export async function switchOrganisation(organisationId: string): Promise<void> {
  accept(await ask(api.PUT("/api/v1/auth/session", { body: { organisation_id: organisationId } })));
}

function accept(found: Session | null): void {
  if (found) hasEnded.value = false;
  session.value = found;
  rememberCsrfToken(found?.csrf_token ?? null);
}
