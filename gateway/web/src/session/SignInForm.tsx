/** Address and password. */
import { useState } from "preact/hooks";
import { strings } from "../strings";
import { useAction } from "../ui/useAction";
import { AccountForm, EmailField, PasswordField } from "./fields";
import { signIn } from "./store";

const words = strings.session;

export function SignInForm() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const entry = useAction(() => signIn(email, password));
  return (
    <AccountForm
      action={words.signIn}
      waiting={words.waiting}
      isBusy={entry.isBusy}
      error={entry.error}
      onSubmit={entry.run}
    >
      <EmailField value={email} onInput={setEmail} />
      <PasswordField value={password} onInput={setPassword} />
    </AccountForm>
  );
}
