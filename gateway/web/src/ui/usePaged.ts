/** Loads a list page by page: the first at once and whenever a dependency changes, the next ones when asked. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

interface PageOf<Item> {
  items: Item[];
  next_cursor: string | null;
}

export interface Paged<Item> {
  /** undefined before the first page is there. */
  items: Item[] | undefined;
  error: unknown;
  isLoading: boolean;
  hasMore: boolean;
  more: () => void;
  reload: () => void;
  /** Change what is shown, after something was changed by hand. */
  change: (edit: (items: Item[]) => Item[]) => void;
}

/** `load` takes the cursor of the page before; an answer that comes too late is dropped. */
export function usePaged<Item>(
  load: (cursor: string | null) => Promise<PageOf<Item>>,
  dependencies: unknown[],
): Paged<Item> {
  const [items, setItems] = useState<Item[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isLoading, setLoading] = useState(true);
  const newest = useRef(0);
  const fetchFrom = useCallback((from: string | null) => {
    const mine = ++newest.current;
    const isCurrent = () => mine === newest.current;
    setLoading(true);
    setError(null);
    load(from)
      .then((page) => {
        if (!isCurrent()) return;
        setItems((shown) => (from === null ? page.items : [...(shown ?? []), ...page.items]));
        setCursor(page.next_cursor);
      })
      .catch((failure) => isCurrent() && setError(failure))
      .finally(() => isCurrent() && setLoading(false));
  }, dependencies);
  useEffect(() => {
    fetchFrom(null);
    return () => {
      newest.current++;
    };
  }, [fetchFrom]);
  const change = useCallback((edit: (items: Item[]) => Item[]) => setItems((shown) => shown && edit(shown)), []);
  return {
    items,
    error,
    isLoading,
    hasMore: cursor !== null,
    more: () => fetchFrom(cursor),
    reload: () => fetchFrom(null),
    change,
  };
}
