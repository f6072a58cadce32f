/** Members: who belongs here, as what; another role, or no longer. */
import { UserMinus } from "lucide-preact";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { day } from "../format";
import { session } from "../session/store";
import { strings } from "../strings";
import { Confirm } from "../ui/Confirm";
import { MoreButton } from "../ui/MoreButton";
import { complain, say } from "../ui/toasts";
import { usePaged } from "../ui/usePaged";
import { type Role, RoleSelect } from "./RoleSelect";

const words = strings.administration;
type Member = components["schemas"]["MembersOut.MemberOut"];

export function MembersPart() {
  const list = usePaged(
    (cursor) => ask(api.GET("/api/v1/members", { params: { query: { cursor, limit: 50 } } })),
    [],
  );
  const [leaving, setLeaving] = useState<Member | null>(null);
  const changeRole = async (member: Member, role: Role) => {
    const show = (shown: Role) =>
      list.change((items) =>
        items.map((item) => (item.user_id === member.user_id ? { ...item, role: shown } : item)),
      );
    show(role);
    try {
      await giveRole(member.user_id, role);
      say(words.roleChanged(member.name, strings.roles[role]));
    } catch (error) {
      show(member.role);
      complain(error);
    }
  };
  const remove = async (member: Member) => {
    const params = { path: { user_id: member.user_id } };
    await ask(api.DELETE("/api/v1/members/{user_id}", { params }));
    list.change((items) => items.filter((item) => item.user_id !== member.user_id));
  };
  return (
    <section class="stack" aria-label={words.parts.members}>
      <p class="lead">{words.membersLead}</p>
      <ul class="entries">
        {list.items?.map((member) => (
          <Entry
            key={member.user_id}
            member={member}
            onRole={(role) => void changeRole(member, role)}
            onRemove={() => setLeaving(member)}
          />
        ))}
      </ul>
      <MoreButton list={list} />
      {leaving && (
        <Confirm
          title={words.removeTitle(leaving.name)}
          detail={words.removeDetail}
          action={strings.remove}
          run={() => remove(leaving)}
          onClose={() => setLeaving(null)}
        />
      )}
    </section>
  );
}

interface EntryProps {
  member: Member;
  onRole: (role: Role) => void;
  onRemove: () => void;
}

function Entry({ member, onRole, onRemove }: EntryProps) {
  const isMe = member.user_id === session.value?.user.id;
  return (
    <li class="entry">
      <div class="entry-text">
        <strong>
          {member.name} {isMe && <span class="badge plain">{words.you}</span>}
        </strong>
        <span class="hint">
          {member.email} · {words.since(day(member.joined_at))}
        </span>
      </div>
      <div class="entry-tools">
        <RoleSelect label={words.roleOf(member.name)} value={member.role} disabled={isMe} onChange={onRole} />
        <button
          type="button"
          class="icon-button"
          disabled={isMe}
          aria-label={words.removeMember(member.name)}
          onClick={onRemove}
        >
          <UserMinus size={20} aria-hidden="true" />
        </button>
      </div>
    </li>
  );
}

function giveRole(userId: string, role: Role) {
  return ask(
    api.PATCH("/api/v1/members/{user_id}", { params: { path: { user_id: userId } }, body: { role } }),
  );
}
