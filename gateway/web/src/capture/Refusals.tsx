/** Files that were not taken, and why. */
import { CircleAlert, X } from "lucide-preact";
import { strings } from "../strings";
import { refusals } from "./runner";

const words = strings.capture.refused;

export function Refusals() {
  const refused = refusals.value;
  if (refused.length === 0) return null;
  return (
    <div class="failure refusals" role="alert">
      <CircleAlert size={22} aria-hidden="true" />
      <div>
        <p>{words.title(refused.length)}</p>
        <ul class="small">
          {refused.map(({ name, reason }, place) => (
            <li key={`${place}-${name}`}>
              <span class="file-name">{name}</span>: {reason}
            </li>
          ))}
        </ul>
      </div>
      <button
        type="button"
        class="icon-button"
        aria-label={words.dismiss}
        onClick={() => {
          refusals.value = [];
        }}
      >
        <X size={20} aria-hidden="true" />
      </button>
    </div>
  );
}
