/** Ask somebody for a second opinion on a record: whom, blind or open, a note, a day. */
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { may } from "../session/store";
import { strings } from "../strings";
import { Dialog } from "../ui/Dialog";
import { Failure } from "../ui/Failure";
import { Field } from "../ui/Field";
import { say } from "../ui/toasts";
import { useAction } from "../ui/useAction";
import { askedTimes } from "./asked";
import { NOBODY, type Person, PersonField } from "./PersonField";
import "./reviews.css";

const words = strings.reviews;
const NOTE_LENGTH = 2000;

interface AskDialogProps {
  analysisId: string;
  onClose: () => void;
}

export function AskDialog({ analysisId, onClose }: AskDialogProps) {
  const [person, setPerson] = useState<Person>({
    ...NOBODY,
    kind: may("organisation:read") ? "member" : "contact",
  });
  const [blind, setBlind] = useState(true);
  const [note, setNote] = useState("");
  const [dueOn, setDueOn] = useState("");
  const asking = useAction(async () => {
    const asked = await ask(
      api.POST("/api/v1/analyses/{analysis_id}/assignments", {
        params: { path: { analysis_id: analysisId } },
        body: {
          ...named(person),
          purpose: "second_opinion",
          blind,
          note: note.trim(),
          due_on: dueOn || null,
        },
      }),
    );
    say(words.askedToast(asked.assignee_email));
    askedTimes.value++;
    onClose();
  });
  const submit = (event: Event) => {
    event.preventDefault();
    asking.run();
  };
  return (
    <Dialog title={words.ask} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        <PersonField person={person} onChange={setPerson} />
        <BlindChoice blind={blind} onChange={setBlind} />
        <Field label={`${words.note} (${strings.optional})`}>
          {(joined) => (
            <textarea
              {...joined}
              rows={2}
              maxLength={NOTE_LENGTH}
              placeholder={words.notePlaceholder}
              value={note}
              onInput={(event) => setNote(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={`${words.dueOn} (${strings.optional})`}>
          {(joined) => (
            <input
              {...joined}
              type="date"
              min={new Date().toLocaleDateString("sv-SE")}
              value={dueOn}
              onInput={(event) => setDueOn(event.currentTarget.value)}
            />
          )}
        </Field>
        {asking.error !== null && <Failure error={asking.error} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {strings.cancel}
          </button>
          <button type="submit" class="button primary" disabled={asking.isBusy || !person.value}>
            {words.askAction}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** Name the person by exactly one of the three ways that the interface takes. */
function named({ kind, value }: Person) {
  return {
    contact_id: kind === "contact" ? value : null,
    user_id: kind === "member" ? value : null,
    email: kind === "email" ? value.trim() : null,
  };
}

function BlindChoice({ blind, onChange }: { blind: boolean; onChange: (blind: boolean) => void }) {
  return (
    <fieldset class="choices stacked">
      <legend>{words.how}</legend>
      {[true, false].map((each) => (
        <label key={String(each)} class="check">
          <input type="radio" name="blind" checked={blind === each} onChange={() => onChange(each)} />
          {each ? words.askBlind : words.askOpen}
        </label>
      ))}
    </fieldset>
  );
}
