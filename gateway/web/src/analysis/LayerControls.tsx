/** A switch and a slider for every layer. */
import { percent } from "../format";
import { ClassSign } from "../reviews/ClassSign";
import { strings } from "../strings";
import { LAYER_NAMES, type LayerSetting, type LayerSettings } from "./layerSettings";

const words = strings.analysis;

interface LayerControlsProps {
  layers: LayerSettings;
  onChange: (layers: LayerSettings) => void;
}

export function LayerControls({ layers, onChange }: LayerControlsProps) {
  return (
    <section class="card">
      <h2>{words.layers}</h2>
      <div class="layer-rows">
        {LAYER_NAMES.map((name) => (
          <LayerRow
            key={name}
            label={words.layerNames[name]}
            setting={layers[name]}
            onChange={(setting) => onChange({ ...layers, [name]: setting })}
          />
        ))}
      </div>
      <ul class="legend small">
        {(["immunopositive", "immunonegative"] as const).map((kind) => (
          <li key={kind}>
            <ClassSign kind={kind} size={16} />
            {words.legend[kind]}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface LayerRowProps {
  label: string;
  setting: LayerSetting;
  onChange: (setting: LayerSetting) => void;
}

function LayerRow({ label, setting, onChange }: LayerRowProps) {
  const { isOn, opacity } = setting;
  return (
    <div class="layer-row">
      <label class="check">
        <input type="checkbox" checked={isOn} onChange={() => onChange({ isOn: !isOn, opacity })} />
        {label}
      </label>
      <input
        type="range"
        min="0.05"
        max="1"
        step="0.05"
        value={opacity}
        disabled={!isOn}
        aria-label={words.opacityOf(label)}
        aria-valuetext={percent(opacity * 100, 0)}
        onInput={(event) => onChange({ isOn, opacity: event.currentTarget.valueAsNumber })}
      />
    </div>
  );
}
