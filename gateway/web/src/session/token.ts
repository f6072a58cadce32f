/** The token of a mail's link stands behind `#`: servers and logs never see it. */
import { useEffect, useState } from "preact/hooks";

const SHAPE = /^#([A-Za-z0-9_-]{20,200})$/;

/** Return the token in an address's fragment; null where there is none. */
export function tokenIn(fragment: string): string | null {
  return SHAPE.exec(fragment)?.[1] ?? null;
}

/** The token of the address that is open; another link opened in the same tab gives another. */
export function useToken(): string | null {
  const [token, setToken] = useState(() => tokenIn(location.hash));
  useEffect(() => {
    const follow = () => setToken(tokenIn(location.hash));
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  return token;
}

/** Take a used token out of the address and of the tab's history. */
export function forgetToken(): void {
  history.replaceState(history.state, "", location.pathname);
}
