/** One's own account: who one is, where one acts, how the app looks, the password, and signing out. */
import { BadgeCheck, LogOut, MailWarning } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { info } from "../../../openapi.json";
import { api, ask } from "../api/client";
import type { Session } from "../api/documents";
import { AccountForm, PasswordField } from "../session/fields";
import { session, signOut, switchOrganisation } from "../session/store";
import { strings } from "../strings";
import { chooseTheme, type Theme, theme } from "../theme";
import { Failure } from "../ui/Failure";
import { Page } from "../ui/Page";
import { say } from "../ui/toasts";
import { useAction } from "../ui/useAction";
import "./account.css";

const words = strings.session.account;

export default function AccountPage() {
  const known = session.value;
  if (!known) return null;
  return (
    <Page title={words.title}>
      <div class="account">
        <You known={known} />
        <Organisations known={known} />
        <Appearance />
        <Password known={known} />
        <About />
      </div>
    </Page>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  const heading = useId();
  return (
    <section class="card" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children}
    </section>
  );
}

function You({ known }: { known: Session }) {
  const { user, organisation, role } = known;
  const leaving = useAction(signOut);
  return (
    <Section title={words.you}>
      <div>
        <p class="account-name">{user.name || user.email}</p>
        <p class="faint">{user.email}</p>
        <p class="faint">
          {strings.roles[role as keyof typeof strings.roles] ?? role}
          {organisation && `, ${organisation.name}`}
        </p>
      </div>
      {!user.email_verified && <Unverified email={user.email} />}
      {leaving.error !== null && <Failure error={leaving.error} />}
      <button
        type="button"
        class="button account-action"
        disabled={leaving.isBusy}
        onClick={() => leaving.run()}
      >
        <LogOut size={18} aria-hidden="true" />
        {strings.session.signOut}
      </button>
    </Section>
  );
}

function Unverified({ email }: { email: string }) {
  const sending = useAction(async () => {
    await ask(api.POST("/api/v1/auth/verification-requests", { body: { email } }));
    say(words.confirmSent);
  });
  return (
    <div class="hint-box">
      <MailWarning size={20} aria-hidden="true" />
      <div class="stack">
        <p>{words.unverified}</p>
        <button type="button" class="button" disabled={sending.isBusy} onClick={() => sending.run()}>
          {words.confirm}
        </button>
        {sending.error !== null && <Failure error={sending.error} />}
      </div>
    </div>
  );
}

function Organisations({ known }: { known: Session }) {
  const [, go] = useLocation();
  const switching = useAction(async (id: string, name: string) => {
    await switchOrganisation(id);
    say(words.switched(name));
    go("/");
  });
  return (
    <Section title={words.organisations}>
      {known.memberships.length === 0 && <p class="faint">{words.none}</p>}
      <ul class="account-places">
        {known.memberships.map(({ organisation, role }) => (
          <li key={organisation.id} class="spread">
            <div>
              <p>{organisation.name}</p>
              <p class="faint small">{strings.roles[role as keyof typeof strings.roles] ?? role}</p>
            </div>
            {organisation.id === known.organisation?.id ? (
              <span class="badge plain">
                <BadgeCheck size={14} aria-hidden="true" />
                {words.actsHere}
              </span>
            ) : (
              <button
                type="button"
                class="button"
                aria-label={words.switchTo(organisation.name)}
                disabled={switching.isBusy}
                onClick={() => switching.run(organisation.id, organisation.name)}
              >
                {words.switchShort}
              </button>
            )}
          </li>
        ))}
      </ul>
      {switching.error !== null && <Failure error={switching.error} />}
    </Section>
  );
}

const THEMES: Theme[] = ["dark", "light"];

function Appearance() {
  return (
    <Section title={words.appearance}>
      <fieldset class="segments account-action" aria-label={strings.theme.label}>
        {THEMES.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={theme.value === each}
            onClick={() => chooseTheme(each)}
          >
            {strings.theme[each]}
          </button>
        ))}
      </fieldset>
    </Section>
  );
}

function Password({ known }: { known: Session }) {
  return (
    <Section title={words.changePassword}>
      {known.user.has_password ? <ChangePassword /> : <FirstPassword email={known.user.email} />}
    </Section>
  );
}

function ChangePassword() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useAction(async () => {
    await ask(api.PUT("/api/v1/auth/password", { body: { current_password: current, password: next } }));
    setCurrent("");
    setNext("");
    say(words.passwordChanged);
  });
  return (
    <AccountForm
      action={words.changePassword}
      isBusy={change.isBusy}
      error={change.error}
      onSubmit={change.run}
    >
      <PasswordField label={strings.session.currentPassword} value={current} onInput={setCurrent} />
      <PasswordField label={strings.session.newPassword} isNew value={next} onInput={setNext} />
    </AccountForm>
  );
}

function FirstPassword({ email }: { email: string }) {
  const sending = useAction(async () => {
    await ask(api.POST("/api/v1/auth/password-reset-requests", { body: { email } }));
    say(words.confirmSent);
  });
  return (
    <>
      <p class="faint">{words.noPassword}</p>
      <button
        type="button"
        class="button account-action"
        disabled={sending.isBusy}
        onClick={() => sending.run()}
      >
        {words.getPassword}
      </button>
      {sending.error !== null && <Failure error={sending.error} />}
    </>
  );
}

function About() {
  return (
    <Section title={words.about}>
      <p>{words.aboutText}</p>
      <p>
        <strong>{strings.purpose}</strong>
      </p>
      <p class="faint small">
        {words.version(info.version)} ·<a href="/docs">{words.interface}</a>
      </p>
    </Section>
  );
}
