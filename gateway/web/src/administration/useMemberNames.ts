import { api, ask } from "../api/client";
import { useLoaded } from "../ui/useLoaded";

/** Return the names of the first hundred members by their ids; empty until they are there. */
export function useMemberNames(): ReadonlyMap<string, string> {
  const members = useLoaded(() => ask(api.GET("/api/v1/members", { params: { query: { limit: 100 } } })), []);
  return new Map(members.data?.items.map((member) => [member.user_id, member.name]) ?? []);
}
