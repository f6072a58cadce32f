/** The fields of everything around an account. */
import { Eye, EyeOff } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { wordsOf } from "../api/client";
import { strings } from "../strings";
import { Field } from "../ui/Field";

const words = strings.session;

interface TextProps {
  value: string;
  onInput: (value: string) => void;
}

export function EmailField({
  value,
  onInput,
  autocomplete = "username",
}: TextProps & { autocomplete?: string }) {
  return (
    <Field label={words.email}>
      {(joined) => (
        <input
          {...joined}
          type="email"
          name="email"
          autocomplete={autocomplete}
          required
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export function NameField({ value, onInput }: TextProps) {
  return (
    <Field label={words.name}>
      {(joined) => (
        <input
          {...joined}
          name="name"
          autocomplete="name"
          required
          maxLength={200}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface PasswordFieldProps extends TextProps {
  label?: string;
  isNew?: boolean;
}

/** A password that can be made visible. */
export function PasswordField({ label, isNew = false, value, onInput }: PasswordFieldProps) {
  const [isShown, setShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <Field label={label ?? words.password} hint={isNew ? words.passwordHint : undefined}>
      {(joined) => (
        <div class="with-button">
          <input
            {...joined}
            type={isShown ? "text" : "password"}
            name={isNew ? "new-password" : "password"}
            autocomplete={isNew ? "new-password" : "current-password"}
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

interface AccountFormProps {
  action: string;
  waiting?: string | undefined;
  isBusy: boolean;
  error: unknown;
  onSubmit: () => void;
  children: ComponentChildren;
}

/** A form with one button, and why it was refused. */
export function AccountForm(props: AccountFormProps) {
  const submit = (event: Event) => {
    event.preventDefault();
    props.onSubmit();
  };
  return (
    <form class="stack" onSubmit={submit}>
      {props.children}
      {props.error !== null && (
        <p class="field-error" role="alert">
          {wordsOf(props.error)}
        </p>
      )}
      <button type="submit" class="button primary wide" disabled={props.isBusy}>
        {props.isBusy && props.waiting ? props.waiting : props.action}
      </button>
    </form>
  );
}
