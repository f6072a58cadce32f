/** What stands where a request says nothing else; saved onto what was read. */
import { useState } from "preact/hooks";
import { api, ask, askWhole } from "../api/client";
import { Problem } from "../api/problem";
import { loadSession, session } from "../session/store";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Field } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { say } from "../ui/toasts";
import { useLoaded } from "../ui/useLoaded";
import { BoundariesExample } from "./BoundariesExample";
import {
  boundariesOf,
  type Change,
  changeOf,
  faultsOf,
  formOf,
  type Organisation,
  type SettingsForm,
} from "./settings";

const words = strings.administration;

interface Read {
  organisation: Organisation;
  etag: string | null;
}

export function SettingsPart() {
  const id = session.value?.organisation?.id ?? "";
  const { data, error, isLoading, reload } = useLoaded(() => readSettings(id), [id]);
  return (
    <section aria-label={words.parts.settings}>
      {error !== null && <Failure error={error} again={reload} />}
      {isLoading && <Loading />}
      {data && !isLoading && <Form key={data.etag} read={data} reload={reload} />}
    </section>
  );
}

function Form({ read, reload }: { read: Read; reload: () => void }) {
  const [form, setForm] = useState(() => formOf(read.organisation));
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const faults = faultsOf(form);
  const isChanged = Object.keys(changeOf(read.organisation, form)).length > 0;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await saveSettings(read, form);
      say(words.saved);
      void loadSession();
      reload();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const written = (
    name: keyof SettingsForm,
    label: string,
    hint = "",
    fault: string | null = null,
    unit = "",
  ) => (
    <Field label={label} hint={hint} error={fault}>
      {(joined) => (
        <span class="with-unit">
          <input
            {...joined}
            inputMode={name === "name" ? "text" : "decimal"}
            value={form[name]}
            onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
          />
          {unit && <span class="faint">{unit}</span>}
        </span>
      )}
    </Field>
  );
  return (
    <form class="stack settings" onSubmit={(event) => void submit(event)}>
      {written("name", words.name, "", faults.name ? words.faults.name : null)}
      <fieldset class="card">
        <legend>{words.boundaries}</legend>
        <div class="pair">
          {written("low", words.lowBelow, "", null, "%")}
          {written("high", words.highAbove, "", null, "%")}
        </div>
        {faults.boundaries ? (
          <p class="field-error" role="alert">
            {words.faults.boundaries}
          </p>
        ) : (
          <BoundariesExample boundaries={boundariesOf(form) ?? null} />
        )}
      </fieldset>
      {written("mpp", words.mpp, words.mppHint, faults.mpp ? words.faults.mpp : null, words.mppUnit)}
      {written(
        "retention",
        words.retention,
        words.retentionHint,
        faults.retention ? words.faults.retention : null,
        words.dayUnit,
      )}
      {error !== null && <SaveProblem error={error} reload={reload} />}
      <button
        type="submit"
        class="button primary"
        disabled={isBusy || !isChanged || Object.keys(faults).length > 0}
      >
        {strings.save}
      </button>
    </form>
  );
}

/** Somebody else saved meanwhile: read again, then change. */
function SaveProblem({ error, reload }: { error: unknown; reload: () => void }) {
  const isOld = error instanceof Problem && error.status === 412;
  return isOld ? (
    <Failure error={new Error(words.changedMeanwhile)} again={reload} />
  ) : (
    <Failure error={error} />
  );
}

async function readSettings(id: string): Promise<Read> {
  const params = { path: { organisation_id: id } };
  const { data, response } = await askWhole(api.GET("/api/v1/organisations/{organisation_id}", { params }));
  return { organisation: data, etag: response.headers.get("ETag") };
}

function saveSettings(read: Read, form: SettingsForm) {
  const params = { path: { organisation_id: read.organisation.id }, header: { "If-Match": read.etag } };
  const body = changeOf(read.organisation, form) as Required<Change>;
  return ask(api.PATCH("/api/v1/organisations/{organisation_id}", { params, body }));
}
