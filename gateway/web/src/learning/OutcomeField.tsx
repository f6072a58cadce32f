/** The field with what became of every mark; the legend tells the signs and hides or shows each. */
import { useMemo, useState } from "preact/hooks";
import type { Analysis } from "../api/documents";
import { count } from "../format";
import { strings } from "../strings";
import { FieldViewer } from "../viewer/FieldViewer";
import { type Annotation, marksOf, STATES, type State } from "./outcome";

const words = strings.learning;

export function OutcomeField({ annotation, field }: { annotation: Annotation; field: Analysis }) {
  const [states, setStates] = useState<ReadonlySet<State>>(new Set(STATES));
  const [selected, setSelected] = useState<number | null>(null);
  const marks = useMemo(() => marksOf(annotation.outcome, states), [annotation, states]);
  const toggle = (state: State) => {
    setSelected(null);
    setStates(new Set(STATES.filter((each) => states.has(each) !== (each === state))));
  };
  const told = selected === null ? null : marks[selected];
  return (
    <div class="outcome-field">
      <fieldset class="legend plain-fieldset">
        <legend class="visually-hidden">{words.legend}</legend>
        {STATES.map((state) => (
          <button
            key={state}
            type="button"
            class="legend-item"
            aria-pressed={states.has(state)}
            onClick={() => toggle(state)}
          >
            <StateSign state={state} />
            <span>{words.states[state]}</span>
            <strong class="number">{count(annotation.outcome[state].length)}</strong>
          </button>
        ))}
      </fieldset>
      <div class="desk-picture">
        <FieldViewer
          analysisId={field.id}
          widthPx={field.image.width_px}
          heightPx={field.image.height_px}
          label={words.outcomeOf(field.filename)}
          marks={marks}
          selected={selected}
          onTap={(tap) => setSelected(tap.nearest)}
        />
      </div>
      <p class={told ? "told" : "told faint"} role="status">
        {told ? told.words : words.tapHint}
      </p>
    </div>
  );
}

/** The sign of a state, as the picture draws it. */
function StateSign({ state }: { state: State }) {
  return (
    <svg class={`state-sign ${state}`} viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      {SHAPES[state]}
    </svg>
  );
}

const SHAPES = {
  right: <circle cx="10" cy="10" r="6.5" />,
  missed: <rect x="3.5" y="3.5" width="13" height="13" />,
  invented: <path d="M4 4L16 16M16 4L4 16" />,
  mislabelled: <path d="M10 2.5L18 16.5H2Z" />,
};
