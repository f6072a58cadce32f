/** Loads something for a page, again when what it depends on changes, and tells how it goes. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Loaded<Data> {
  data: Data | undefined;
  error: unknown;
  isLoading: boolean;
  reload: () => void;
  replace: (data: Data) => void;
}

/** `load` is called at once and whenever a `dependency` changes; an answer that comes too late is dropped. */
export function useLoaded<Data>(load: () => Promise<Data>, dependencies: unknown[]): Loaded<Data> {
  const [data, setData] = useState<Data>();
  const [error, setError] = useState<unknown>(null);
  const [isLoading, setLoading] = useState(true);
  const newest = useRef(0);
  const reload = useCallback(() => {
    const mine = ++newest.current;
    const isCurrent = () => mine === newest.current;
    setLoading(true);
    setError(null);
    load()
      .then((found) => isCurrent() && setData(() => found))
      .catch((failure) => isCurrent() && setError(failure))
      .finally(() => isCurrent() && setLoading(false));
  }, dependencies);
  useEffect(() => {
    reload();
    return () => {
      newest.current++;
    };
  }, [reload]);
  return { data, error, isLoading, reload, replace: (found) => setData(() => found) };
}
