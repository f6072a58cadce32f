/** A tally counter: two large buttons, the counts themselves to type, the last step to take back. */
import { RotateCcw, Undo2 } from "lucide-preact";
import { useId } from "preact/hooks";
import { percent } from "../format";
import { strings } from "../strings";
import { Field } from "../ui/Field";
import { ClassSign } from "./ClassSign";
import { counted, countOf, countsOf, EMPTY, indexOf, type Kind, said, type Tally, undone } from "./tally";

const words = strings.reviews;
const MOST = 1_000_000;
const KINDS: [Kind, string, string, string][] = [
  ["immunopositive", words.addPositive, words.positiveCount, "P"],
  ["immunonegative", words.addNegative, words.negativeCount, "N"],
];

interface TallyBoardProps {
  tally: Tally;
  onChange: (tally: Tally) => void;
  tapped: Kind | null;
  onTapped: (kind: Kind | null) => void;
}

export function TallyBoard({ tally, onChange, tapped, onTapped }: TallyBoardProps) {
  return (
    <div class="tally-board">
      <div class="pair">
        {KINDS.map(([kind, name, , key]) => (
          <button
            key={kind}
            type="button"
            class={`tally-button ${kind}`}
            aria-keyshortcuts={key}
            onClick={() => onChange(counted(tally, kind))}
          >
            <ClassSign kind={kind} />
            <span>{name}</span>
            <span class="key" aria-hidden="true">
              {key}
            </span>
          </button>
        ))}
      </div>
      <div class="pair">
        {KINDS.map(([kind, , label]) => (
          <CountField
            key={kind}
            label={label}
            value={countOf(tally, kind)}
            onChange={(count) => onChange(said(tally, kind, count))}
          />
        ))}
      </div>
      <div class="spread">
        <p class="index-line">
          <span class="faint">{words.indexSoFar}</span>
          <strong>{percent(indexOf(countsOf(tally)))}</strong>
        </p>
        <Steps tally={tally} onChange={onChange} />
      </div>
      <p class="hint for-keyboards">{words.tallyHint}</p>
      <TapChoice tapped={tapped} onTapped={onTapped} />
    </div>
  );
}

interface CountFieldProps {
  label: string;
  value: number | null;
  onChange: (count: number | null) => void;
}

function CountField({ label, value, onChange }: CountFieldProps) {
  return (
    <Field label={label}>
      {(joined) => (
        <input
          {...joined}
          class="count-input"
          inputMode="numeric"
          autocomplete="off"
          value={value ?? ""}
          onInput={(event) => {
            const count = countIn(event.currentTarget.value);
            event.currentTarget.value = count === null ? "" : String(count);
            onChange(count);
          }}
        />
      )}
    </Field>
  );
}

/** Read a count from what was typed: digits only, null where there is none. */
function countIn(typed: string): number | null {
  const digits = typed.replace(/\D/g, "");
  return digits ? Math.min(Number(digits), MOST) : null;
}

function Steps({ tally, onChange }: Pick<TallyBoardProps, "tally" | "onChange">) {
  return (
    <div class="row">
      <button
        type="button"
        class="icon-button"
        aria-label={words.undo}
        disabled={tally.steps.length === 0}
        onClick={() => onChange(undone(tally))}
      >
        <Undo2 size={20} aria-hidden="true" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={words.clear}
        disabled={tally === EMPTY}
        onClick={() => onChange(EMPTY)}
      >
        <RotateCcw size={20} aria-hidden="true" />
      </button>
    </div>
  );
}

function TapChoice({ tapped, onTapped }: Pick<TallyBoardProps, "tapped" | "onTapped">) {
  const name = useId();
  const choices: [Kind | null, string][] = [
    [null, words.tapNothing],
    ["immunopositive", words.addPositive],
    ["immunonegative", words.addNegative],
  ];
  return (
    <div class="field">
      <span class="label" id={name}>
        {words.tapMarks}
      </span>
      <fieldset class="segments" aria-labelledby={name}>
        {choices.map(([kind, label]) => (
          <button key={label} type="button" aria-pressed={tapped === kind} onClick={() => onTapped(kind)}>
            {kind && <ClassSign kind={kind} size={14} />}
            {label}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
