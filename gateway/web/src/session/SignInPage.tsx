/** Sign in by password, or at the institution's OpenID provider where there is one. */
import { Eye, EyeOff, LogIn } from "lucide-preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { api, ask, wordsOf } from "../api/client";
import { strings } from "../strings";
import { Field } from "../ui/Field";
import { useLoaded } from "../ui/useLoaded";
import { Doorway } from "./Doorway";
import { signIn } from "./store";

const words = strings.session;

export function SignInPage() {
  const methods = useLoaded(() => ask(api.GET("/api/v1/auth/methods")), []);
  const oidc = methods.data?.oidc;
  return (
    <Doorway title={words.signIn} lead={words.signInTo}>
      <PasswordForm />
      {oidc && (
        <>
          <p class="divider">{words.or}</p>
          <a class="button wide" href={oidc.url}>
            <LogIn size={18} aria-hidden="true" />
            {words.signInWith(oidc.name)}
          </a>
        </>
      )}
    </Doorway>
  );
}

function PasswordForm() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [isWaiting, setWaiting] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    setWaiting(true);
    setProblem(null);
    try {
      await signIn(email, password);
    } catch (error) {
      setProblem(wordsOf(error));
      setWaiting(false);
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <Field label={words.email}>
        {(joined) => (
          <input
            {...joined}
            type="email"
            name="email"
            autocomplete="username"
            required
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        )}
      </Field>
      <PasswordField
        label={words.password}
        autocomplete="current-password"
        value={password}
        onInput={setPassword}
      />
      {problem && (
        <p class="field-error" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="button primary wide" disabled={isWaiting}>
        {isWaiting ? words.waiting : words.signIn}
      </button>
      <Link href="/choose-password" class="quiet-link">
        {words.forgot}
      </Link>
    </form>
  );
}

interface PasswordFieldProps {
  label: string;
  hint?: string;
  autocomplete: "current-password" | "new-password";
  value: string;
  onInput: (value: string) => void;
}

/** A password that can be made visible. */
export function PasswordField({ label, hint, autocomplete, value, onInput }: PasswordFieldProps) {
  const [isShown, setShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <Field label={label} hint={hint}>
      {(joined) => (
        <div class="with-button">
          <input
            {...joined}
            type={isShown ? "text" : "password"}
            name="password"
            autocomplete={autocomplete}
            required
            value={value}
            onInput={(event) => onInput(event.currentTarget.value)}
          />
          <button
            type="button"
            class="icon-button"
            aria-label={words.showPassword}
            aria-pressed={isShown}
            onClick={() => setShown(!isShown)}
          >
            <Icon size={20} aria-hidden="true" />
          </button>
        </div>
      )}
    </Field>
  );
}
