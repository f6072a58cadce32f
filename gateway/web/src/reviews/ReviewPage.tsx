/** One request: the field to judge, then what everybody found. Blind, the gateway tells nothing of the result before. */
import { ArrowLeft, EyeOff } from "lucide-preact";
import { Link, Redirect, useParams } from "wouter-preact";
import { session } from "../session/store";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { useLoaded } from "../ui/useLoaded";
import { Comparison } from "./Comparison";
import type { Assignment } from "./documents";
import { Decline } from "./RequestCard";
import { Reviewing } from "./Reviewing";
import { readAssignment } from "./requests";
import { BlindSign, Dates, StateSign } from "./Signs";
import { answerPage, isOpen } from "./states";
import "./reviews.css";

const words = strings.reviews;

export default function ReviewPage() {
  const { id = "" } = useParams();
  const assignment = useLoaded(() => readAssignment(id), [id]);
  if (assignment.error !== null) {
    return (
      <Page title={words.reviewTitle}>
        <Failure error={assignment.error} again={assignment.reload} />
        <ToInbox />
      </Page>
    );
  }
  if (!assignment.data) return <Loading />;
  return <Request assignment={assignment.data} onChange={assignment.reload} />;
}

function Request({ assignment, onChange }: { assignment: Assignment; onChange: () => void }) {
  if (assignment.purpose === "learning" && isOpen(assignment)) {
    return <Redirect to={answerPage(assignment) ?? "/reviews"} replace />;
  }
  return (
    <Page title={words.reviewTitle} lead={<About assignment={assignment} />} actions={<ToInbox />} wide>
      <Step assignment={assignment} onChange={onChange} />
    </Page>
  );
}

function Step({ assignment, onChange }: { assignment: Assignment; onChange: () => void }) {
  const isMine = assignment.assignee_email === session.value?.user.email;
  if (assignment.status === "declined") return <p class="hint-box">{words.declinedHere}</p>;
  if (isOpen(assignment) && !isMine) return <p class="hint-box">{words.somebodyElses}</p>;
  if (!isOpen(assignment)) {
    return <Comparison analysisId={assignment.analysis_id} assignmentId={assignment.id} />;
  }
  return (
    <Reviewing
      analysisId={assignment.analysis_id}
      showsResult={!assignment.blind}
      mayAgree={!assignment.blind}
      notice={assignment.blind ? <BlindNotice /> : null}
      onGiven={onChange}
      extra={<Decline assignment={assignment} onDone={onChange} />}
    />
  );
}

function About({ assignment }: { assignment: Assignment }) {
  return (
    <span class="review-about">
      <span class="row">
        {words.from(assignment.assigner.name)}
        <BlindSign blind={assignment.blind} />
        <StateSign status={assignment.status} />
      </span>
      {assignment.note && <span class="quote">{assignment.note}</span>}
      <Dates assignment={assignment} />
    </span>
  );
}

function BlindNotice() {
  return (
    <p class="notice-line">
      <EyeOff size={18} aria-hidden="true" />
      {words.blindHint}
    </p>
  );
}

export function ToInbox() {
  return (
    <Link href="/reviews" class="button">
      <ArrowLeft size={18} aria-hidden="true" />
      {words.toInbox}
    </Link>
  );
}
