/** The versions that score: which share of the images each gets, and how far it is from the default. */
import { Cpu } from "lucide-preact";
import { api, ask } from "../api/client";
import { count, decimal, percent } from "../format";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { changedPercent, type Disagreement, engineText, type Version } from "./models";

const words = strings.administration;

export function ModelsPart() {
  const { data, error, isLoading, reload } = useLoaded(() => ask(api.GET("/api/v1/models")), []);
  const versions: Version[] = data?.items ?? [];
  return (
    <section class="stack" aria-label={words.parts.versions}>
      <p class="lead">{words.modelsLead}</p>
      {error !== null && <Failure error={error} again={reload} />}
      {isLoading && <Loading />}
      {data && versions.length === 0 && <Empty icon={Cpu} title={words.noModels} />}
      <ul class="versions">
        {versions.map((version) => (
          <VersionCard key={`${version.name} ${version.version}`} version={version} />
        ))}
      </ul>
    </section>
  );
}

function VersionCard({ version }: { version: Version }) {
  const engine = engineText(version.engine);
  return (
    <li class="card">
      <div class="spread">
        <h2>
          {version.name} {version.version}
        </h2>
        <span class="row">
          {version.is_default && <span class="badge low">{words.isDefault}</span>}
          {version.withdrawn && <span class="badge high">{words.takenOut}</span>}
          <span class="badge plain">{words.modelStates[version.status]}</span>
        </span>
      </div>
      <Share name={words.share} value={version.share_percent} />
      {version.shadow_percent > 0 && <Share name={words.shadow} value={version.shadow_percent} />}
      {version.disagreement && <DisagreementFigures disagreement={version.disagreement} />}
      <dl class="facts">
        {engine && <Fact name={words.engine} value={engine} />}
        {version.weights_sha256 && <Fact name={words.weights} value={version.weights_sha256} isHash />}
        {version.archive_sha256 && <Fact name={words.archive} value={version.archive_sha256} isHash />}
      </dl>
    </li>
  );
}

function Share({ name, value }: { name: string; value: number }) {
  return (
    <div class="share">
      <span class="spread">
        <span>{name}</span>
        <strong class="number">{percent(value, 0)}</strong>
      </span>
      <progress max={100} value={value} aria-label={name} />
    </div>
  );
}

function DisagreementFigures({ disagreement }: { disagreement: Disagreement }) {
  const { compared, errors, category_changes, mean_points, largest_points } = disagreement;
  const changed = changedPercent(disagreement);
  const pointsOf = (value: number | null) => (value === null ? "–" : words.points(decimal(value, 2)));
  return (
    <div>
      <h3>{words.disagreement}</h3>
      <dl class="facts">
        <Fact name={words.compared} value={count(compared)} />
        <Fact name={words.meanDifference} value={pointsOf(mean_points)} />
        <Fact name={words.largestDifference} value={pointsOf(largest_points)} />
        <Fact
          name={words.categoryChanges}
          value={changed === null ? "–" : `${count(category_changes)} (${percent(changed)})`}
        />
        <Fact name={words.errors} value={count(errors)} />
      </dl>
    </div>
  );
}

function Fact({ name, value, isHash = false }: { name: string; value: string; isHash?: boolean }) {
  return (
    <div>
      <dt class="hint">{name}</dt>
      <dd>{isHash ? <code title={value}>{value.slice(0, 16)}…</code> : value}</dd>
    </div>
  );
}
