/** Whose nuclei are written down: the model's, or with what people corrected. */
import { strings } from "../strings";
import type { LayerName } from "./exports";

const LAYERS: LayerName[] = ["model", "corrected"];

export function LayerChoice({
  layer,
  onChoose,
}: {
  layer: LayerName;
  onChoose: (layer: LayerName) => void;
}) {
  return (
    <fieldset class="segments layer-choice">
      <legend class="visually-hidden">{strings.records.layer}</legend>
      {LAYERS.map((name) => (
        <button key={name} type="button" aria-pressed={layer === name} onClick={() => onChoose(name)}>
          {strings.records.layers[name]}
        </button>
      ))}
    </fieldset>
  );
}
