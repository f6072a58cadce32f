/** Something a person starts: whether it runs, and why it failed. It never runs twice at once. */
import { useRef, useState } from "preact/hooks";

export interface Action<Arguments extends unknown[]> {
  run: (...given: Arguments) => void;
  isBusy: boolean;
  error: unknown;
  clear: () => void;
}

export function useAction<Arguments extends unknown[]>(
  work: (...given: Arguments) => Promise<void>,
): Action<Arguments> {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef(false);
  const run = (...given: Arguments) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    work(...given)
      .catch(setError)
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  };
  return { run, isBusy, error, clear: () => setError(null) };
}
