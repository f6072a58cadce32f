/** One chosen image: its small picture, how far it is, and in the end its result or why there is none. */
import { CircleAlert, Clock3, FileImage, type LucideIcon, RefreshCw, WifiOff, X } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { fileSize, percent } from "../format";
import { strings } from "../strings";
import { fields, isScaleUsable } from "./choices";
import { previewOf } from "./previews";
import type { Shot, State } from "./queue";
import { ResultSummary } from "./ResultSummary";
import { goOn, remove, tryAgain } from "./runner";

const words = strings.capture;

export function ShotCard({ shot }: { shot: Shot }) {
  return (
    <li class={`shot ${shot.state.kind}`} data-state={shot.state.kind}>
      <Picture id={shot.id} />
      <div class="shot-body">
        <div class="shot-head">
          <p class="file-name">{shot.name}</p>
          <p class="faint small">{fileSize(shot.sizeBytes)}</p>
        </div>
        <Standing shot={shot} />
      </div>
      {isRemovable(shot.state) && (
        <button
          type="button"
          class="icon-button shot-remove"
          aria-label={words.removeNamed(shot.name)}
          onClick={() => remove(shot.id)}
        >
          <X size={20} aria-hidden="true" />
        </button>
      )}
    </li>
  );
}

/** What the service has taken is its record's; it is deleted there. */
const isRemovable = (state: State) => state.kind !== "scoring";

function Picture({ id }: { id: number }) {
  const shown = previewOf(id).value;
  if (shown.kind === "shown") return <img class="shot-picture" src={shown.url} alt="" decoding="async" />;
  return (
    <div
      class={`shot-picture without ${shown.kind}`}
      title={shown.kind === "none" ? words.noPreview : undefined}
    >
      <FileImage size={28} aria-hidden="true" />
    </div>
  );
}

function Standing({ shot }: { shot: Shot }) {
  const { state } = shot;
  switch (state.kind) {
    case "chosen":
      return <p class="faint small">{words.states.chosen}</p>;
    case "waiting":
      return <Line icon={Clock3}>{words.states.waiting}</Line>;
    case "uploading":
      return <Uploading share={state.percent} />;
    case "scoring":
      return <Scoring />;
    case "held":
      return <Held state={state} />;
    case "failed":
      return <Failed shot={shot} state={state} />;
    case "done":
      return <ResultSummary analysis={state.analysis} name={shot.name} />;
  }
}

function Line({ icon: Icon, children }: { icon: LucideIcon; children: ComponentChildren }) {
  return (
    <p class="shot-line small">
      <Icon size={16} aria-hidden="true" />
      {children}
    </p>
  );
}

function Uploading({ share }: { share: number }) {
  return (
    <>
      <p class="shot-line small number">{words.states.uploading(percent(share, 0))}</p>
      <progress aria-label={words.upload} max={100} value={share} />
    </>
  );
}

function Scoring() {
  return (
    <p class="shot-line small">
      <span class="spinner small-spinner" aria-hidden="true" />
      {words.states.scoring}
    </p>
  );
}

function Held({ state }: { state: Extract<State, { kind: "held" }> }) {
  const canGoOn = state.why === "connection" || state.why === "busy";
  return (
    <>
      <Line icon={state.why === "connection" ? WifiOff : Clock3}>{words.states.held[state.why]}</Line>
      {canGoOn && (
        <button type="button" class="button small" onClick={goOn}>
          {words.goOn}
        </button>
      )}
    </>
  );
}

function Failed({ shot, state }: { shot: Shot; state: Extract<State, { kind: "failed" }> }) {
  const { detail, reference } = state.reason;
  return (
    <>
      <p class="shot-line small shot-reason">
        <CircleAlert size={16} aria-hidden="true" />
        <span>
          <strong>{words.states.failed}.</strong> {detail}
        </span>
      </p>
      {reference && <p class="faint small reference">{strings.problems.reference(reference)}</p>}
      <button
        type="button"
        class="button small"
        aria-label={words.retryNamed(shot.name)}
        disabled={!isScaleUsable.value}
        onClick={() => tryAgain(shot.id, fields.value)}
      >
        <RefreshCw size={16} aria-hidden="true" />
        {words.retry}
      </button>
    </>
  );
}
