/** The versions that score: which share of the images each gets, and how far it is from the default. */
import { Cpu } from "lucide-preact";
import { api, ask } from "../api/client";
import { count, decimal, percent } from "../format";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { changedPercent, type Disagreement, engineText, tellsShares, type Version } from "./models";

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
      {data && versions.length > 0 && !tellsShares(versions) && <p class="hint">{words.noShares}</p>}
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
          {version.status && (
            <span class="badge plain">{words.modelStates[version.status] ?? version.status}</span>
          )}
        </span>
      </div>
      <Share name={words.share} value={version.share_percent} />
      <Share name={words.shadow} value={version.shadow_percent || undefined} />
      {version.disagreement && <DisagreementFigures disagreement={version.disagreement} />}
      <dl class="facts">
        {engine && <Fact name={words.engine} value={engine} />}
        {version.workers !== undefined && <Fact name={words.workers} value={count(version.workers)} />}
        {version.weights_sha256 && <Fact name={words.weights} value={version.weights_sha256} isHash />}
        {version.archive_sha256 && <Fact name={words.archive} value={version.archive_sha256} isHash />}
      </dl>
    </li>
  );
}

function Share({ name, value }: { name: string; value: number | null | undefined }) {
  if (value === null || value === undefined) return null;
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

function DisagreementFigures({ disagreement }: { disagreement: Partial<Disagreement> }) {
  const { compared = 0, mean_difference_points: mean, largest_difference_points: largest } = disagreement;
  const changed = changedPercent(disagreement);
  const pointsOf = (value: number | null | undefined) =>
    value === null || value === undefined ? "–" : words.points(decimal(value, 2));
  return (
    <div>
      <h3>{words.disagreement}</h3>
      <dl class="facts">
        <Fact name={words.compared} value={count(compared)} />
        <Fact name={words.meanDifference} value={pointsOf(mean)} />
        <Fact name={words.largestDifference} value={pointsOf(largest)} />
        <Fact
          name={words.categoryChanges}
          value={
            changed === null ? "–" : `${count(disagreement.category_changes ?? 0)} (${percent(changed)})`
          }
        />
        <Fact name={words.errors} value={count(disagreement.errors ?? 0)} />
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
