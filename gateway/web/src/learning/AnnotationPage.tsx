/** One scored attempt: what was right, missed, invented and mislabelled, in the picture and in figures. */
import { Download, RotateCcw } from "lucide-preact";
import { Link, useParams } from "wouter-preact";
import { api, ask } from "../api/client";
import type { Analysis } from "../api/documents";
import { moment } from "../format";
import { readRecord } from "../records/reading";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { useLoaded } from "../ui/useLoaded";
import { OtherAttempts } from "./OtherAttempts";
import { OutcomeField } from "./OutcomeField";
import type { Annotation } from "./outcome";
import { ScoreFigures } from "./ScoreFigures";
import "./learning.css";

const words = strings.learning;

export default function AnnotationPage() {
  const { id } = useParams<{ id: string }>();
  const { data, error, isLoading, reload } = useLoaded(() => readAttempt(id), [id]);
  if (data && !isLoading) return <Attempt key={id} annotation={data[0]} field={data[1]} />;
  return (
    <Page title={words.attemptTitle}>
      {error === null ? <Loading /> : <Failure error={error} again={reload} />}
    </Page>
  );
}

async function readAttempt(id: string): Promise<[Annotation, Analysis]> {
  const path = { annotation_id: id };
  const annotation = await ask(api.GET("/api/v1/annotations/{annotation_id}", { params: { path } }));
  return [annotation, await readRecord(annotation.analysis_id, false)];
}

function Attempt({ annotation, field }: { annotation: Annotation; field: Analysis }) {
  const actions = (
    <>
      <a
        class="button"
        href={`/api/v1/annotations/${annotation.id}/picture.png`}
        download={`${annotation.id}.png`}
      >
        <Download size={18} aria-hidden="true" />
        {words.picture}
      </a>
      <Link class="button" href={`/learn/${field.id}`}>
        <RotateCcw size={18} aria-hidden="true" />
        {words.again}
      </Link>
    </>
  );
  const lead = words.attemptLead(annotation.attempt, moment(annotation.created_at), field.filename);
  return (
    <Page title={words.attemptTitle} lead={lead} actions={actions} wide>
      <div class="outcome">
        <OutcomeField annotation={annotation} field={field} />
        <div class="stack">
          <ScoreFigures annotation={annotation} />
          <OtherAttempts annotation={annotation} />
        </div>
      </div>
    </Page>
  );
}
