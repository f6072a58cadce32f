/** The scale of this session's images: an objective, microns per pixel, or "not known" with what that means. */
import { Ruler, TriangleAlert } from "lucide-preact";
import { useEffect, useState } from "preact/hooks";
import { decimal } from "../format";
import { strings } from "../strings";
import { Field } from "../ui/Field";
import { chooseScale, isScaleChosen, scale } from "./choices";
import { isUsable, mppOf, OBJECTIVES, readMpp, type Scale } from "./options";
import { tally } from "./queue";
import { shots } from "./runner";

const words = strings.capture.scale;

/** Open until images were run with what was chosen; afterwards one line that says what. */
export function ScalePicker() {
  const [isOpen, setOpen] = useState(!isScaleChosen.value || !isUsable(scale.value));
  const isRunning = tally(shots.value).running > 0;
  useEffect(() => {
    if (isRunning) setOpen(false);
  }, [isRunning]);
  return (
    <div class="scale">
      <div class="spread">
        <h2>{words.title}</h2>
        {!isOpen && (
          <button type="button" class="button small" onClick={() => setOpen(true)}>
            {words.change}
          </button>
        )}
      </div>
      {isOpen ? <Choices /> : <Summary />}
      {scale.value.kind === "unknown" && <Assumed />}
    </div>
  );
}

function Summary() {
  return (
    <p class="scale-summary">
      <Ruler size={18} aria-hidden="true" />
      {summary(scale.value)}
    </p>
  );
}

function summary(chosen: Scale): string {
  if (chosen.kind === "objective")
    return words.objectiveSummary(decimal(chosen.magnification), decimal(mppOf(chosen.magnification), 3));
  if (chosen.kind === "mpp") return words.mppSummary(decimal(readMpp(chosen.text) ?? 0, 4));
  return words.unknownSummary;
}

function Assumed() {
  return (
    <p class="assumed small">
      <TriangleAlert size={18} aria-hidden="true" />
      <span>{words.assumed}</span>
    </p>
  );
}

function Choices() {
  const chosen = scale.value;
  return (
    <>
      <fieldset class="scale-choices">
        <legend class="hint">{words.hint}</legend>
        {OBJECTIVES.map((magnification) => (
          <Choice
            key={magnification}
            name={words.objectiveValue(decimal(magnification))}
            isChosen={chosen.kind === "objective" && chosen.magnification === magnification}
            choice={{ kind: "objective", magnification }}
          />
        ))}
        <Choice name={words.mpp} isChosen={chosen.kind === "mpp"} choice={{ kind: "mpp", text: "" }} />
        <Choice name={words.unknown} isChosen={chosen.kind === "unknown"} choice={{ kind: "unknown" }} />
      </fieldset>
      {chosen.kind === "mpp" && <MicronsPerPixel text={chosen.text} />}
    </>
  );
}

function Choice({ name, isChosen, choice }: { name: string; isChosen: boolean; choice: Scale }) {
  return (
    <label class="scale-choice">
      <input type="radio" name="scale" checked={isChosen} onChange={() => chooseScale(choice)} />
      <span>{name}</span>
    </label>
  );
}

function MicronsPerPixel({ text }: { text: string }) {
  const isWrong = text.trim() !== "" && readMpp(text) === null;
  return (
    <Field label={words.mppLabel} hint={words.mppHint} error={isWrong ? words.mppError : null}>
      {(joined) => (
        <input
          {...joined}
          inputMode="decimal"
          autocomplete="off"
          value={text}
          onInput={({ currentTarget }) => chooseScale({ kind: "mpp", text: currentTarget.value })}
        />
      )}
    </Field>
  );
}
