/** What scored the field, at which scale and with which thresholds. */
import { decimal, percent } from "../format";
import { strings } from "../strings";
import type { Scored } from "./record";

const words = strings.analysis;

export function Facts({ analysis }: { analysis: Scored }) {
  const { model, engine, scale, thresholds, image } = analysis;
  const [lower, upper] = thresholds.category_boundaries_percent;
  const facts: [string, string][] = [
    [words.modelVersion, `${model.name} ${model.version}`],
    [words.engine, engine ? `${engine.name}, ${engine.precision}, ${engine.device}` : "–"],
    [words.scale, words.scaleOf(decimal(scale.mpp, 4), words.scaleSources[scale.source])],
    [words.probability, decimal(thresholds.probability)],
    [words.leastArea, words.area(decimal(thresholds.min_area_um2, 1))],
    [words.boundaries, words.boundariesOf(percent(lower, 0), percent(upper, 0))],
    [words.imageSize, words.pixels(decimal(image.width_px), decimal(image.height_px))],
    [words.revision, decimal(analysis.revision)],
  ];
  return (
    <section class="card">
      <h2>{words.facts}</h2>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
