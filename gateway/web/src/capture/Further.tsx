/** What few need: a case label and tags for the records, another version of the model. */
import { ChevronRight } from "lucide-preact";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Field } from "../ui/Field";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { label, labels } from "./choices";

const words = strings.capture;
const LONGEST_LABEL = 100;
const LONGEST_TAGS = 1100;

export function Further() {
  const [wasOpened, setOpened] = useState(false);
  return (
    <details class="further" onToggle={() => setOpened(true)}>
      <summary>
        <ChevronRight size={18} aria-hidden="true" />
        {words.more}
      </summary>
      <div class="stack">
        <Labels />
        {wasOpened && <ModelVersion />}
      </div>
    </details>
  );
}

function Labels() {
  const { caseLabel, tags } = labels.value;
  return (
    <>
      <Field label={words.caseLabel} hint={words.caseHint}>
        {(joined) => (
          <input
            {...joined}
            maxLength={LONGEST_LABEL}
            autocomplete="off"
            value={caseLabel}
            onInput={({ currentTarget }) => label({ caseLabel: currentTarget.value })}
          />
        )}
      </Field>
      <Field label={words.tags} hint={words.tagsHint}>
        {(joined) => (
          <input
            {...joined}
            maxLength={LONGEST_TAGS}
            autocomplete="off"
            value={tags}
            onInput={({ currentTarget }) => label({ tags: currentTarget.value })}
          />
        )}
      </Field>
    </>
  );
}

function ModelVersion() {
  const versions = useLoaded(() => ask(api.GET("/api/v1/models")), []);
  if (versions.isLoading) return <Loading />;
  if (versions.error) return <Failure error={versions.error} again={versions.reload} />;
  const items = versions.data?.items ?? [];
  const usual = items.find((each) => each.is_default)?.version;
  return (
    <Field label={words.model}>
      {(joined) => (
        <select
          {...joined}
          value={labels.value.modelVersion}
          onChange={({ currentTarget }) => label({ modelVersion: currentTarget.value })}
        >
          <option value="">{usual ? words.modelDefault(usual) : words.modelDefaultUnknown}</option>
          {items
            .filter((each) => !each.is_default)
            .map(({ version, status }) => (
              <option key={version} value={version}>
                {status === "ready" ? version : words.modelStarting(version)}
              </option>
            ))}
        </select>
      )}
    </Field>
  );
}
