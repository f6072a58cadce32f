/** Asks for a message to an address; the answer is the same whether the address has an account or not. */
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { strings } from "../strings";
import { useAction } from "../ui/useAction";
import { AccountForm, EmailField, NameField } from "./fields";

const words = strings.session;

interface MailFormProps {
  send: (email: string, name: string) => Promise<unknown>;
  withName?: boolean;
}

export function MailForm({ send, withName = false }: MailFormProps) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [isSent, setSent] = useState(false);
  const request = useAction(async () => {
    await send(email, name);
    setSent(true);
  });
  if (isSent) return <Sent email={email} />;
  return (
    <>
      <AccountForm action={words.send} isBusy={request.isBusy} error={request.error} onSubmit={request.run}>
        {withName && <NameField value={name} onInput={setName} />}
        <EmailField value={email} onInput={setEmail} />
      </AccountForm>
      <ToSignIn />
    </>
  );
}

function Sent({ email }: { email: string }) {
  return (
    <div class="stack" role="status">
      <p class="doorway-note">
        <strong>{words.sentTitle}.</strong> {words.sent(email)}
      </p>
      <ToSignIn />
    </div>
  );
}

export function ToSignIn() {
  return (
    <Link href="/" class="quiet-link">
      {words.toSignIn}
    </Link>
  );
}
