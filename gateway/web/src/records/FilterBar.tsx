/** Search and category in sight, the further filters behind a button that says how many are set. */
import { Search, SlidersHorizontal, X } from "lucide-preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { strings } from "../strings";
import { FurtherFilters } from "./FurtherFilters";
import { CATEGORIES, type Filters, furtherCount, NO_FILTERS, searchOf } from "./filters";

const words = strings.records;
const PAUSE_MS = 300;

interface FilterBarProps {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const further = furtherCount(filters);
  const [isOpen, setOpen] = useState(further > 0);
  const toggle = (name: string) =>
    onChange({
      ...filters,
      category: CATEGORIES.filter((each) => filters.category.includes(each) !== (each === name)),
    });
  return (
    <search class="filters">
      <SearchBox text={filters.text} onSearch={(text) => onChange({ ...filters, text })} />
      <fieldset class="chips">
        <legend class="visually-hidden">{words.category}</legend>
        {CATEGORIES.map((name) => (
          <button
            key={name}
            type="button"
            class="chip"
            aria-pressed={filters.category.includes(name)}
            onClick={() => toggle(name)}
          >
            {strings.categories[name]}
          </button>
        ))}
        <button type="button" class="chip" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <SlidersHorizontal size={16} aria-hidden="true" />
          {words.filters(further)}
        </button>
        {searchOf(filters) !== "" && (
          <button type="button" class="chip quiet" onClick={() => onChange(NO_FILTERS)}>
            <X size={16} aria-hidden="true" />
            {words.clear}
          </button>
        )}
      </fieldset>
      {isOpen && <FurtherFilters filters={filters} onChange={onChange} />}
    </search>
  );
}

/** Searches once the typing pauses. */
function SearchBox({ text, onSearch }: { text: string; onSearch: (text: string) => void }) {
  const [typed, setTyped] = useState(text);
  const search = useRef(onSearch);
  search.current = onSearch;
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => search.current(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return (
    <label class="search-box">
      <Search size={18} aria-hidden="true" />
      <span class="visually-hidden">{words.search}</span>
      <input
        type="search"
        maxLength={100}
        placeholder={words.searchHint}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </label>
  );
}
