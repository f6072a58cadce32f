/** All other filters that the interface has. */
import { api, ask } from "../api/client";
import { may } from "../session/store";
import { strings } from "../strings";
import { Field } from "../ui/Field";
import { useLoaded } from "../ui/useLoaded";
import { type Filters, STATUSES } from "./filters";

const words = strings.records;

interface FurtherFiltersProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

type TextFilter = "tag" | "caseLabel" | "from" | "to";
const MAX_LENGTH = 100;

export function FurtherFilters({ filters, onChange }: FurtherFiltersProps) {
  const versions = useLoaded(loadVersions, []);
  const members = useLoaded(loadMembers, []);
  const set = (change: Partial<Filters>) => onChange({ ...filters, ...change });
  const written = (name: TextFilter, label: string, type = "text") => (
    <WrittenFilter label={label} type={type} value={filters[name]} onChange={(value) => set({ [name]: value })} />
  );
  return (
    <div class="further-filters">
      {written("tag", words.tag)}
      {written("caseLabel", words.caseLabel)}
      {written("from", words.from, "date")}
      {written("to", words.to, "date")}
      <ChosenFilter
        label={words.status}
        value={filters.status.length === 1 ? (filters.status[0] ?? "") : ""}
        options={STATUSES.map((name) => [name, words.statuses[name]])}
        onChange={(value) => set({ status: value ? [value] : [] })}
      />
      <ChosenFilter
        label={words.author}
        value={filters.author}
        options={[["me", words.me], ...(members.data ?? [])]}
        onChange={(author) => set({ author })}
      />
      <ChosenFilter
        label={words.version}
        value={filters.version}
        options={(versions.data ?? []).map((version) => [version, version])}
        onChange={(version) => set({ version })}
      />
      <ChosenFilter
        label={words.assigned}
        value={filters.assigned}
        options={[
          ["true", words.assignedYes],
          ["false", words.assignedNo],
        ]}
        onChange={(assigned) => set({ assigned: assigned as Filters["assigned"] })}
      />
    </div>
  );
}

interface WrittenFilterProps {
  label: string;
  type: string;
  value: string;
  onChange: (value: string) => void;
}

/** Taken when it is left or entered, not with every letter. */
function WrittenFilter({ label, type, value, onChange }: WrittenFilterProps) {
  return (
    <Field label={label}>
      {(joined) => (
        <input
          {...joined}
          type={type}
          maxLength={MAX_LENGTH}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface ChosenFilterProps {
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
}

/** An own value that is not among the options is shown all the same: an address may name it. */
function ChosenFilter({ label, value, options, onChange }: ChosenFilterProps) {
  const isKnown = value === "" || options.some(([key]) => key === value);
  return (
    <Field label={label}>
      {(joined) => (
        <select {...joined} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">{words.any}</option>
          {!isKnown && <option value={value}>{value}</option>}
          {options.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

async function loadVersions(): Promise<string[]> {
  const { items } = await ask(api.GET("/api/v1/models"));
  return [...new Set(items.map((item) => item.version))];
}

async function loadMembers(): Promise<[string, string][]> {
  if (!may("organisation:read")) return [];
  const { items } = await ask(api.GET("/api/v1/members", { params: { query: { limit: 100 } } }));
  return items.map((member) => [member.user_id, member.name]);
}
