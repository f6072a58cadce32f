/** A teacher looks at what members did on records that the teacher may change. */
import { api, ask } from "../api/client";
import { session } from "../session/store";
import { strings } from "../strings";
import { useLoaded } from "../ui/useLoaded";

const words = strings.learning;

interface WhoseResultsProps {
  author: string;
  onChoose: (author: string) => void;
}

export function WhoseResults({ author, onChoose }: WhoseResultsProps) {
  const members = useLoaded(
    () => ask(api.GET("/api/v1/members", { params: { query: { limit: 100 } } })),
    [],
  );
  const others = members.data?.items.filter((member) => member.user_id !== session.value?.user.id) ?? [];
  if (others.length === 0) return null;
  return (
    <label class="whose">
      <span>{words.whose}</span>
      <select value={author} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">{words.mine}</option>
        {others.map((member) => (
          <option key={member.user_id} value={member.user_id}>
            {member.name}
          </option>
        ))}
      </select>
    </label>
  );
}
