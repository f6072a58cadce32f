/** What lies over the picture, each with its strength: off at zero. */
import { useId } from "preact/hooks";
import { percent } from "../format";
import { strings } from "../strings";

const words = strings.reviews;

export interface Shown {
  nuclei: number;
  mask: number;
  heatmap: number;
}

export const SHOWN_FIRST: Shown = { nuclei: 1, mask: 0, heatmap: 0 };
const LAYERS: [keyof Shown, string][] = [
  ["nuclei", words.nuclei],
  ["mask", words.mask],
  ["heatmap", words.heatmap],
];

export function Layers({ shown, onChange }: { shown: Shown; onChange: (shown: Shown) => void }) {
  return (
    <section class="card" aria-label={words.layers}>
      <h2>{words.layers}</h2>
      <div class="layer-rows">
        {LAYERS.map(([name, label]) => (
          <Layer
            key={name}
            label={label}
            opacity={shown[name]}
            onChange={(opacity) => onChange({ ...shown, [name]: opacity })}
          />
        ))}
      </div>
    </section>
  );
}

interface LayerProps {
  label: string;
  opacity: number;
  onChange: (opacity: number) => void;
}

function Layer({ label, opacity, onChange }: LayerProps) {
  const id = useId();
  return (
    <div class="layer-row">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={opacity}
        aria-valuetext={percent(opacity * 100, 0)}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      <span class="faint small number">{percent(opacity * 100, 0)}</span>
    </div>
  );
}
