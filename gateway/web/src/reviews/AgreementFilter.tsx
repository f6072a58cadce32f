/** Chooses the records and the reviews that are compared; the address keeps the choice. */
import { useState } from "preact/hooks";
import { useSearchParams } from "wouter-preact";
import { strings } from "../strings";
import { Field } from "../ui/Field";
import { type AgreementQuery, queryOf, searchOf, TEXTS } from "./agreementQuery";

const words = strings.reviews;
const LABELS = {
  case_label: words.caseLabel,
  tag: words.tag,
  created_from: words.createdFrom,
  created_to: words.createdTo,
};

export function AgreementFilter() {
  const [search, setSearch] = useSearchParams();
  const [query, setQuery] = useState<AgreementQuery>(() => queryOf(search));
  const apply = (event: Event) => {
    event.preventDefault();
    setSearch(searchOf(query), { replace: true });
  };
  return (
    <form class="agreement-filter" onSubmit={apply}>
      {TEXTS.map((name) => (
        <Field key={name} label={LABELS[name]}>
          {(joined) => (
            <input
              {...joined}
              type={name.startsWith("created") ? "date" : "text"}
              autocomplete="off"
              value={query[name] ?? ""}
              onInput={(event) => setQuery({ ...query, [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
      <BlindField query={query} onChange={setQuery} />
      <button type="submit" class="button">
        {words.apply}
      </button>
    </form>
  );
}

function BlindField(props: { query: AgreementQuery; onChange: (query: AgreementQuery) => void }) {
  const { blind, ...rest } = props.query;
  const choose = (value: string) => props.onChange(value ? { ...rest, blind: value === "true" } : rest);
  return (
    <Field label={words.which}>
      {(joined) => (
        <select
          {...joined}
          value={blind === undefined ? "" : String(blind)}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">{words.whichAll}</option>
          <option value="true">{words.whichBlind}</option>
          <option value="false">{words.whichOpen}</option>
        </select>
      )}
    </Field>
  );
}
