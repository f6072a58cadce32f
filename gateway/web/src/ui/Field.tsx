/** A labelled control with its hint and its error; `children` gets the ids that join them. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Joined {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | null | undefined;
  children: (joined: Joined) => ComponentChildren;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const note = `${id}-note`;
  const joined: Joined = { id };
  if (hint || error) joined["aria-describedby"] = note;
  if (error) joined["aria-invalid"] = true;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(joined)}
      {(error || hint) && (
        <p id={note} class={error ? "field-error" : "hint"}>
          {error || hint}
        </p>
      )}
    </div>
  );
}
