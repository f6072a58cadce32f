/** One request in a list: from or to whom, what for, by when, where it stands, and the next step. */
import { Check, Eye, MessageSquareText, PencilLine, Undo2, X } from "lucide-preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { may } from "../session/store";
import { strings } from "../strings";
import { Confirm } from "../ui/Confirm";
import { complain, say } from "../ui/toasts";
import { useAction } from "../ui/useAction";
import type { Assignment } from "./documents";
import { answerAssignment, withdrawAssignment } from "./requests";
import { BlindSign, Dates, LearningSign, StateSign } from "./Signs";
import { answerPage, isOpen } from "./states";

const words = strings.reviews;

interface CardProps {
  assignment: Assignment;
  isMine: boolean;
  onChange: () => void;
}

export function RequestCard({ assignment, isMine, onChange }: CardProps) {
  const title = isMine ? words.from(assignment.assigner.name) : words.to(assignment.assignee_email);
  return (
    <li class="card request">
      <div class="spread">
        <h2 class="request-title">{title}</h2>
        <div class="row">
          {assignment.purpose === "learning" ? <LearningSign /> : <BlindSign blind={assignment.blind} />}
          <StateSign status={assignment.status} />
        </div>
      </div>
      {assignment.note && (
        <p class="request-note">
          <MessageSquareText size={16} aria-hidden="true" />
          <span>{assignment.note}</span>
        </p>
      )}
      <div class="spread">
        <Dates assignment={assignment} />
        {isMine ? (
          <AnswerSteps assignment={assignment} onChange={onChange} />
        ) : (
          <AskerSteps assignment={assignment} onChange={onChange} />
        )}
      </div>
    </li>
  );
}

/** What the one who was asked can do. */
function AnswerSteps({ assignment, onChange }: Omit<CardProps, "isMine">) {
  const accepting = useAction(async () => {
    await answerAssignment(assignment.id, "accepted").catch(complain);
    onChange();
  });
  const page = answerPage(assignment);
  if (!page) return null;
  if (!isOpen(assignment)) return <PageLink page={page} isDone />;
  return (
    <div class="actions">
      <Decline assignment={assignment} onDone={onChange} />
      {assignment.status === "requested" ? (
        <button
          type="button"
          class="button primary"
          disabled={accepting.isBusy}
          onClick={() => accepting.run()}
        >
          <Check size={18} aria-hidden="true" />
          {words.accept}
        </button>
      ) : (
        <PageLink page={page} isDone={false} />
      )}
    </div>
  );
}

function PageLink({ page, isDone }: { page: string; isDone: boolean }) {
  const Icon = isDone ? Eye : PencilLine;
  return (
    <Link href={page} class={isDone ? "button" : "button primary"}>
      <Icon size={18} aria-hidden="true" />
      {isDone ? words.look : words.review}
    </Link>
  );
}

export function Decline({ assignment, onDone }: { assignment: Assignment; onDone: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const decline = async () => {
    await answerAssignment(assignment.id, "declined");
    say(words.declined);
    onDone();
  };
  return (
    <>
      <button type="button" class="button" onClick={() => setAsking(true)}>
        <X size={18} aria-hidden="true" />
        {words.decline}
      </button>
      {isAsking && (
        <Confirm
          title={words.declineTitle}
          detail={words.declineDetail}
          action={words.decline}
          run={decline}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

/** What the one who asks can do. */
function AskerSteps({ assignment, onChange }: Omit<CardProps, "isMine">) {
  const [isAsking, setAsking] = useState(false);
  const withdraw = async () => {
    await withdrawAssignment(assignment.id);
    say(words.withdrawn);
    onChange();
  };
  return (
    <div class="actions">
      {isOpen(assignment) && may("assignments:write") && (
        <button type="button" class="button" onClick={() => setAsking(true)}>
          <Undo2 size={18} aria-hidden="true" />
          {words.withdraw}
        </button>
      )}
      <Link href={`/records/${assignment.analysis_id}`} class="button">
        <Eye size={18} aria-hidden="true" />
        {words.look}
      </Link>
      {isAsking && (
        <Confirm
          title={words.withdrawTitle}
          detail={words.withdrawDetail}
          action={words.withdraw}
          run={withdraw}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
