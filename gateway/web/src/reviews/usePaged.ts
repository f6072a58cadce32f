/** A list that is read page by page, as far as somebody asks for more. */
import { useAction } from "../ui/useAction";
import { type Loaded, useLoaded } from "../ui/useLoaded";
import type { Listed } from "./requests";

export interface Paged<Item> extends Loaded<Listed<Item>> {
  hasMore: boolean;
  more: () => void;
  isLoadingMore: boolean;
  moreError: unknown;
}

export function usePaged<Item>(
  load: (cursor: string | null) => Promise<Listed<Item>>,
  dependencies: unknown[],
): Paged<Item> {
  const first = useLoaded(() => load(null), dependencies);
  const following = useAction(async () => {
    const known = first.data;
    if (!known?.next_cursor) return;
    const next = await load(known.next_cursor);
    first.replace({ items: [...known.items, ...next.items], next_cursor: next.next_cursor });
  });
  return {
    ...first,

    hasMore: Boolean(first.data?.next_cursor),
    more: () => following.run(),
    isLoadingMore: following.isBusy,
    moreError: following.error,
  };
}
