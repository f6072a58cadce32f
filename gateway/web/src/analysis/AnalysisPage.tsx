/** One record: its field and what was found in it, or why there is nothing to see yet. */
import { useEffect } from "preact/hooks";
import { useParams } from "wouter-preact";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { useLoaded } from "../ui/useLoaded";
import { Hidden } from "./Hidden";
import { judgesFirst, useHasJudged } from "./judging";
import { ResultView } from "./ResultView";
import { type FieldRecord, isScored, isUnfinished, loadRecord } from "./record";
import { Unscored } from "./Unscored";
import "./analysis.css";

const LOOK_AGAIN_MS = 2_000;

export default function AnalysisPage() {
  const { id = "" } = useParams();
  return <RecordPage key={id} id={id} />;
}

function RecordPage({ id }: { id: string }) {
  const { data, error, reload } = useLoaded(() => loadRecord(id), [id]);
  const waits = data !== undefined && isUnfinished(data.analysis);
  useEffect(() => {
    if (!waits) return;
    const timer = setInterval(reload, LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [waits, reload]);
  if (!data && error !== null) {
    return (
      <Page title={strings.analysis.title}>
        <Failure error={error} again={reload} />
      </Page>
    );
  }
  return data ? <Found record={data} reload={reload} /> : <Loading />;
}

function Found({ record, reload }: { record: FieldRecord; reload: () => void }) {
  const { analysis } = record;
  const hasJudged = useHasJudged(analysis);
  if (analysis.blinded) return <Hidden analysis={analysis} />;
  if (!isScored(analysis)) return <Unscored analysis={analysis} />;
  if (judgesFirst.value && hasJudged === undefined) return <Loading />;
  if (judgesFirst.value && !hasJudged) return <Hidden analysis={analysis} />;
  return <ResultView analysis={analysis} record={record} reload={reload} />;
}
