/** A new key: what it may do and for how long; then the key itself, this once. */
import { Check, Copy } from "lucide-preact";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { session } from "../session/store";
import { strings } from "../strings";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Field } from "../ui/Field";
import { complain } from "../ui/toasts";

const words = strings.administration;
type NewKey = components["schemas"]["NewApiKeyOut"];
const USUAL_SCOPES = ["analyses:read", "analyses:write"];
const DAYS = [7, 30, 90, 365];

interface NewKeyDialogProps {
  onMade: () => void;
  onClose: () => void;
}

export function NewKeyDialog({ onMade, onClose }: NewKeyDialogProps) {
  const [made, setMade] = useState<NewKey | null>(null);
  const accept = (key: NewKey) => {
    setMade(key);
    onMade();
  };
  return (
    <Dialog title={made ? words.keyMade : words.newKey} onClose={onClose}>
      {made ? <ShownOnce made={made} onClose={onClose} /> : <KeyForm onMade={accept} onClose={onClose} />}
    </Dialog>
  );
}

function KeyForm({ onMade, onClose }: { onMade: (key: NewKey) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState(USUAL_SCOPES);
  const [days, setDays] = useState(90);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      onMade(await ask(api.POST("/api/v1/api-keys", { body: { name, scopes, expires_in_days: days } })));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)}>
      <Field label={words.keyName} hint={words.keyNameHint}>
        {(joined) => (
          <input
            {...joined}
            required
            maxLength={200}
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Scopes chosen={scopes} onChoose={setScopes} />
      <Field label={words.expiry}>
        {(joined) => (
          <select {...joined} value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
            {DAYS.map((each) => (
              <option key={each} value={each}>
                {words.days(each)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {error !== null && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {strings.cancel}
        </button>
        <button type="submit" class="button primary" disabled={isBusy || scopes.length === 0}>
          {words.makeKey}
        </button>
      </div>
    </form>
  );
}

/** A key does at most what its maker may. */
function Scopes({ chosen, onChoose }: { chosen: string[]; onChoose: (scopes: string[]) => void }) {
  const own = session.value?.scopes ?? [];
  const toggle = (scope: string) =>
    onChoose(own.filter((each) => chosen.includes(each) !== (each === scope)));
  return (
    <fieldset class="scope-choice">
      <legend>{words.scopes}</legend>
      {own.map((scope) => (
        <label key={scope} class="check">
          <input type="checkbox" checked={chosen.includes(scope)} onChange={() => toggle(scope)} />
          <code>{scope}</code>
        </label>
      ))}
    </fieldset>
  );
}

function ShownOnce({ made, onClose }: { made: NewKey; onClose: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(made.key);
      setCopied(true);
    } catch {
      complain(new Error(words.copyFailed));
    }
  };
  const Icon = isCopied ? Check : Copy;
  return (
    <div class="stack">
      <p>{words.shownOnce}</p>
      <Field label={words.key}>
        {(joined) => (
          <input
            {...joined}
            class="key"
            readOnly
            value={made.key}
            onFocus={(event) => event.currentTarget.select()}
          />
        )}
      </Field>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={() => void copy()}>
          <Icon size={18} aria-hidden="true" />
          <span role="status">{isCopied ? words.copied : words.copy}</span>
        </button>
        <button type="button" class="button primary" onClick={onClose}>
          {words.done}
        </button>
      </div>
    </div>
  );
}
