/** Where an invitation's mail leads: join with the account one is signed in with, or with a new one. */
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { strings } from "../strings";
import { Loading } from "../ui/Loading";
import { say } from "../ui/toasts";
import { type Action, useAction } from "../ui/useAction";
import { Doorway } from "./Doorway";
import { AccountForm, NameField, PasswordField } from "./fields";
import { ToSignIn } from "./MailForm";
import { SignInForm } from "./SignInForm";
import { session, signOut, switchOrganisation } from "./store";
import { forgetToken, useToken } from "./token";

const words = strings.session;

export function AcceptInvitationPage() {
  const token = useToken();
  if (!token) return <NoToken />;
  if (session.value === undefined) return <Loading whole />;
  return session.value ? (
    <JoinAsSelf token={token} email={session.value.user.email} />
  ) : (
    <Newcomer token={token} />
  );
}

function NoToken() {
  return (
    <Doorway title={words.invitation} lead={words.invitationNoToken}>
      <ToSignIn />
    </Doorway>
  );
}

/** Accept, then stand where one was invited to. */
function useJoining(token: string): Action<[account?: { name: string; password: string }]> {
  const [, go] = useLocation();
  return useAction(async (account) => {
    const { name, password } = account ?? { name: null, password: null };
    const place = await ask(api.POST("/api/v1/invitations/accept", { body: { token, name, password } }));
    forgetToken();
    if (session.value) await switchOrganisation(place.organisation_id);
    say(words.joined(place.organisation_name, strings.roles[place.role]));
    go("/");
  });
}

function JoinAsSelf({ token, email }: { token: string; email: string }) {
  const joining = useJoining(token);
  const leaving = useAction(signOut);
  return (
    <Doorway title={words.invitation} lead={words.invitationSignedIn(email)}>
      <AccountForm
        action={words.join}
        isBusy={joining.isBusy}
        error={joining.error}
        onSubmit={() => joining.run()}
      >
        {null}
      </AccountForm>
      <button type="button" class="button wide" disabled={leaving.isBusy} onClick={() => leaving.run()}>
        {words.signOut}
      </button>
    </Doorway>
  );
}

/** Nobody is signed in: a new account, or the one they have. */
function Newcomer({ token }: { token: string }) {
  const [hasAccount, setHasAccount] = useState(false);
  return (
    <Doorway title={words.invitation} lead={hasAccount ? words.invitationHasAccount : words.invitationLead}>
      {hasAccount ? <SignInForm /> : <NewAccount token={token} onKnown={() => setHasAccount(true)} />}
      <button type="button" class="quiet-link" onClick={() => setHasAccount(!hasAccount)}>
        {hasAccount ? words.newHere : words.haveAccount}
      </button>
    </Doorway>
  );
}

function NewAccount({ token, onKnown }: { token: string; onKnown: () => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const joining = useJoining(token);
  if (joining.error instanceof Problem && joining.error.code === "account-exists") onKnown();
  return (
    <AccountForm
      action={words.join}
      isBusy={joining.isBusy}
      error={joining.error}
      onSubmit={() => joining.run({ name, password })}
    >
      <NameField value={name} onInput={setName} />
      <PasswordField label={words.newPassword} isNew value={password} onInput={setPassword} />
    </AccountForm>
  );
}
