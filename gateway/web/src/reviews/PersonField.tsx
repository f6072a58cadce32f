/** Whom to ask: a contact, a member of the organisation, or any address. */
import { may, session } from "../session/store";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Field } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { listContacts, listMembers, wholeOf } from "./requests";

const words = strings.reviews;
type Kind = "contact" | "member" | "email";

export interface Person {
  kind: Kind;
  /** The contact's or member's id, or the address. */
  value: string;
}

export const NOBODY: Person = { kind: "contact", value: "" };

interface Choice {
  value: string;
  label: string;
}

interface PersonFieldProps {
  person: Person;
  onChange: (person: Person) => void;
}

export function PersonField({ person, onChange }: PersonFieldProps) {
  const kinds: Kind[] = may("organisation:read") ? ["member", "contact", "email"] : ["contact", "email"];
  const choose = (value: string) => onChange({ ...person, value });
  return (
    <div class="stack">
      <fieldset class="segments" aria-label={words.askWhom}>
        {kinds.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={person.kind === kind}
            onClick={() => onChange({ kind, value: "" })}
          >
            {words.kinds[kind]}
          </button>
        ))}
      </fieldset>
      {person.kind === "email" ? (
        <AddressChoice value={person.value} onChange={choose} />
      ) : (
        <KnownChoice key={person.kind} kind={person.kind} value={person.value} onChange={choose} />
      )}
    </div>
  );
}

interface ChoiceProps {
  value: string;
  onChange: (value: string) => void;
}

function AddressChoice({ value, onChange }: ChoiceProps) {
  return (
    <Field label={strings.session.email} hint={words.emailHint}>
      {(joined) => (
        <input
          {...joined}
          type="email"
          autocomplete="off"
          required
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function KnownChoice({ kind, value, onChange }: ChoiceProps & { kind: "contact" | "member" }) {
  const people = useLoaded(() => (kind === "contact" ? contacts() : members()), [kind]);
  if (people.error !== null) return <Failure error={people.error} again={people.reload} />;
  if (!people.data) return <Loading />;
  if (people.data.length === 0) return <p class="hint">{words.noContacts}</p>;
  return (
    <Field label={words.kinds[kind]}>
      {(joined) => (
        <select {...joined} required value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">{words.choose}</option>
          {people.data?.map((each) => (
            <option key={each.value} value={each.value}>
              {each.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

async function contacts(): Promise<Choice[]> {
  const all = await wholeOf(listContacts);
  return sorted(all.map(({ id, name, email }) => ({ value: id, label: `${name} (${email})` })));
}

/** Members but oneself, whom nobody asks. */
async function members(): Promise<Choice[]> {
  const own = session.value?.user.id;
  const all = (await wholeOf(listMembers)).filter((member) => member.user_id !== own);
  return sorted(
    all.map(({ user_id, name, email }) => ({ value: user_id, label: name ? `${name} (${email})` : email })),
  );
}

function sorted(choices: Choice[]): Choice[] {
  return choices.sort((one, other) => one.label.localeCompare(other.label));
}
