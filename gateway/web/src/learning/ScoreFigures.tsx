/** An attempt's scores: own index against the reference's, then each class. */
import { count, decimal, percent, points } from "../format";
import { strings } from "../strings";
import { TableScroll } from "../ui/TableScroll";
import type { Annotation } from "./outcome";
import { share } from "./Results";

const words = strings.learning;
const TALLIES = ["detection", "immunopositive", "immunonegative"] as const;

export function ScoreFigures({ annotation }: { annotation: Annotation }) {
  const { scores } = annotation;
  return (
    <section class="card" aria-labelledby="scores">
      <h2 id="scores">{words.scores}</h2>
      <dl class="big-figures">
        <Figure name={words.f1All} value={share(scores.detection.f1)} />
        <Figure name={words.yourIndex} value={percent(scores.index_percent)} />
        <Figure
          name={words.references[annotation.reference]}
          value={percent(scores.reference_index_percent)}
        />
      </dl>
      {scores.index_difference_points !== null && (
        <p>{words.differenceIs(points(scores.index_difference_points))}</p>
      )}
      <TallyTable annotation={annotation} />
      <p class="hint">{words.radius(decimal(annotation.radius_um, 1))}</p>
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt class="hint">{name}</dt>
      <dd class="number">{value}</dd>
    </div>
  );
}

const SHARES = ["precision", "recall", "f1"] as const;

function TallyTable({ annotation }: { annotation: Annotation }) {
  const { scores } = annotation;
  return (
    <TableScroll label={words.scoreTable}>
      <table class="tallies">
        <thead>
          <tr>
            <th scope="col">{words.figure}</th>
            {TALLIES.map((name) => (
              <th key={name} scope="col" class="number">
                {words.tallies[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(["right", "missed", "invented"] as const).map((row) => (
            <tr key={row}>
              <th scope="row">{words.states[row]}</th>
              {TALLIES.map((name) => (
                <td key={name} class="number">
                  {count(scores[name][row])}
                </td>
              ))}
            </tr>
          ))}
          {SHARES.map((row) => (
            <tr key={row}>
              <th scope="row">{words.shares[row]}</th>
              {TALLIES.map((name) => (
                <td key={name} class="number">
                  {share(scores[name][row])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
