/** What to know before trusting the score. */
import { TriangleAlert } from "lucide-preact";
import { strings } from "../strings";

const words = strings.analysis;

export function Warnings({ warnings }: { warnings: { code: string; detail: string }[] }) {
  if (warnings.length === 0) return null;
  return (
    <section class="card warnings">
      <h2>{words.warnings}</h2>
      <ul>
        {warnings.map((warning) => (
          <li key={warning.code}>
            <TriangleAlert size={18} aria-hidden="true" />
            <p>
              <strong>{words.warningNames[warning.code] ?? words.warning}</strong>
              <span class="faint small">{warning.detail}</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
