/** Invitations: ask somebody in by mail; take back what nobody has accepted. */
import { MailX, Send, UserPlus } from "lucide-preact";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { moment } from "../format";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Field } from "../ui/Field";
import { MoreButton } from "../ui/MoreButton";
import { complain, say } from "../ui/toasts";
import { usePaged } from "../ui/usePaged";
import { type Role, RoleSelect } from "./RoleSelect";

const words = strings.administration;
type Invitation = components["schemas"]["InvitationsOut.InvitationOut"];

export function InvitationsPart() {
  const list = usePaged(
    (cursor) => ask(api.GET("/api/v1/invitations", { params: { query: { cursor, limit: 50 } } })),
    [],
  );
  const withdraw = async (invitation: Invitation) => {
    try {
      const params = { path: { invitation_id: invitation.id } };
      await ask(api.DELETE("/api/v1/invitations/{invitation_id}", { params }));
      list.change((items) => items.filter((item) => item.id !== invitation.id));
      say(words.withdrawn(invitation.email));
    } catch (error) {
      complain(error);
    }
  };
  return (
    <section class="stack" aria-label={words.parts.invitations}>
      <InviteForm onInvited={list.reload} />
      {list.items?.length === 0 && <Empty icon={UserPlus} title={words.noInvitations} />}
      <ul class="entries">
        {list.items?.map((invitation) => (
          <Entry key={invitation.id} invitation={invitation} onWithdraw={() => void withdraw(invitation)} />
        ))}
      </ul>
      <MoreButton list={list} />
    </section>
  );
}

function Entry({ invitation, onWithdraw }: { invitation: Invitation; onWithdraw: () => void }) {
  const isExpired = invitation.status === "expired";
  return (
    <li class="entry">
      <div class="entry-text">
        <strong>{invitation.email}</strong>
        <span class="hint">
          {strings.roles[invitation.role]} ·{" "}
          {isExpired ? words.expired : words.until(moment(invitation.expires_at))}
        </span>
      </div>
      <button
        type="button"
        class="button"
        aria-label={words.withdrawOf(invitation.email)}
        onClick={onWithdraw}
      >
        <MailX size={18} aria-hidden="true" />
        {words.withdraw}
      </button>
    </li>
  );
}

function InviteForm({ onInvited }: { onInvited: () => void }) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("analyst");
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await ask(api.POST("/api/v1/invitations", { body: { email, role } }));
      say(words.invited(email));
      setEmail("");
      onInvited();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <form class="card" onSubmit={(event) => void submit(event)}>
      <h2>{words.invite}</h2>
      <div class="fields">
        <Field label={words.email}>
          {(joined) => (
            <input
              {...joined}
              type="email"
              required
              autocomplete="off"
              value={email}
              onInput={(event) => setEmail(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={words.role}>
          {(joined) => <RoleSelect id={joined.id} value={role} onChange={setRole} />}
        </Field>
        <button type="submit" class="button primary" disabled={isBusy}>
          <Send size={18} aria-hidden="true" />
          {words.send}
        </button>
      </div>
      <p class="hint">{words.roleHints[role]}</p>
      {error !== null && <Failure error={error} />}
    </form>
  );
}
