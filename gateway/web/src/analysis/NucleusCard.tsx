/** One nucleus: class, confidence, area. */
import { X } from "lucide-preact";
import { decimal, percent } from "../format";
import { ClassSign } from "../reviews/ClassSign";
import { strings } from "../strings";
import type { ShownNuclei } from "./useShown";

const words = strings.analysis;

interface NucleusCardProps {
  shown: ShownNuclei;
  selected: number | null;
  onClose: () => void;
}

export function NucleusCard({ shown, selected, onClose }: NucleusCardProps) {
  const mark = selected === null ? undefined : shown.marks[selected];
  const target = selected === null ? undefined : shown.targets[selected];
  if (!mark || !target) return null;
  const nucleus = target.of === "model" ? shown.nuclei[target.place] : undefined;
  const isByHand = mark.state === "relabelled" || !nucleus;
  return (
    <section class="nucleus-card" aria-label={words.nucleus} role="status">
      <div>
        <p class="nucleus-class">
          <ClassSign kind={mark.kind} size={18} />
          <strong>{strings.classes[mark.kind]}</strong>
          {mark.state && mark.state in words.marks && (
            <span class="badge plain">{words.marks[mark.state as keyof typeof words.marks]}</span>
          )}
        </p>
        <dl>
          <div>
            <dt>{words.confidence}</dt>
            <dd class="number">{isByHand ? words.byHand : percent(100 * nucleus.confidence, 0)}</dd>
          </div>
          <div>
            <dt>{words.size}</dt>
            <dd class="number">{nucleus ? words.area(decimal(nucleus.area_um2, 1)) : "–"}</dd>
          </div>
        </dl>
      </div>
      <button type="button" class="icon-button" aria-label={strings.close} onClick={onClose}>
        <X size={18} aria-hidden="true" />
      </button>
    </section>
  );
}
