/** Where a sign-in leads, and why the one before did not. */

const DOOR = "/sign-in";

/** Return the page to show after signing in on that address: itself, or the first where it is only the door. */
export function pageAfter(path: string, query: string): string {
  return path === DOOR ? "/" : `${path}${query}`;
}

/** Return the code of the problem that a provider's sign-in came back with. */
export function refusalOf(query: string): string | null {
  return new URLSearchParams(query).get("problem");
}
