/** Where the mail of a forgotten password leads; without its token, the page asks for that mail. */
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { api, ask } from "../api/client";
import { Problem } from "../api/problem";
import { strings } from "../strings";
import { say } from "../ui/toasts";
import { useAction } from "../ui/useAction";
import { Doorway } from "./Doorway";
import { AccountForm, PasswordField } from "./fields";
import { MailForm } from "./MailForm";
import { loadSession } from "./store";
import { forgetToken, useToken } from "./token";

const words = strings.session;
const send = (email: string) => ask(api.POST("/api/v1/auth/password-reset-requests", { body: { email } }));

export function ChoosePasswordPage() {
  const token = useToken();
  const [isSpent, setSpent] = useState(false);
  if (token && !isSpent) return <Choose token={token} onSpent={() => setSpent(true)} />;
  return (
    <Doorway title={words.forgotTitle} lead={isSpent ? words.tokenSpent : words.forgotLead}>
      <MailForm send={send} />
    </Doorway>
  );
}

function Choose({ token, onSpent }: { token: string; onSpent: () => void }) {
  const [password, setPassword] = useState("");
  const [, go] = useLocation();
  const choice = useAction(async () => {
    try {
      await ask(api.POST("/api/v1/auth/password-resets", { body: { token, password } }));
    } catch (error) {
      if (error instanceof Problem && error.code === "token-invalid") return onSpent();
      throw error;
    }
    forgetToken();
    await loadSession();
    say(words.passwordChosen);
    go("/");
  });
  return (
    <Doorway title={words.choosePassword} lead={words.choosePasswordLead}>
      <AccountForm
        action={words.setPassword}
        isBusy={choice.isBusy}
        error={choice.error}
        onSubmit={choice.run}
      >
        <PasswordField label={words.newPassword} isNew value={password} onInput={setPassword} />
      </AccountForm>
    </Doorway>
  );
}
