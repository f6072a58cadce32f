/** The end of a list: how to see more of it, or that it could not be read. */
import { strings } from "../strings";
import { Failure } from "./Failure";
import { Loading } from "./Loading";
import type { Paged } from "./usePaged";

export function MoreButton<Item>({ list }: { list: Paged<Item> }) {
  if (list.error !== null) return <Failure error={list.error} again={list.items ? list.more : list.reload} />;
  if (list.isLoading) return <Loading />;
  if (!list.hasMore) return null;
  return (
    <button type="button" class="button wide" onClick={list.more}>
      {strings.more}
    </button>
  );
}
