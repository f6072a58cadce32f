/** Second opinions on one record, for its page: who was asked, what they said, and the way to ask or to answer. */
import { PencilLine, Send } from "lucide-preact";
import { useState } from "preact/hooks";
import { Link } from "wouter-preact";
import { may } from "../session/store";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { AskDialog } from "./AskDialog";
import type { Assignment } from "./documents";
import { OpinionList } from "./OpinionList";
import { listAsked, listReviews } from "./requests";
import { BlindSign, Dates, StateSign } from "./Signs";
import "./reviews.css";

const words = strings.reviews;

/** `mayAsk`: the record is one's own, or one administers its organisation. */
export function Opinions({ analysisId, mayAsk }: { analysisId: string; mayAsk: boolean }) {
  const [isAsking, setAsking] = useState(false);
  const found = useLoaded(async () => {
    const [asked, reviews] = await Promise.all([
      listAsked(analysisId),
      may("reviews:read") ? listReviews(analysisId) : [],
    ]);
    return { asked: asked.filter((each) => each.status !== "done"), reviews };
  }, [analysisId]);
  return (
    <section class="card" aria-label={words.opinions}>
      <h2>{words.opinions}</h2>
      {found.error !== null && <Failure error={found.error} again={found.reload} />}
      {!found.data && found.isLoading && <Loading />}
      {found.data && (
        <>
          {found.data.reviews.length === 0 && found.data.asked.length === 0 && (
            <p class="faint">{words.noOpinions}</p>
          )}
          {found.data.reviews.length > 0 && <OpinionList reviews={found.data.reviews} />}
          {found.data.asked.length > 0 && <Asked asked={found.data.asked} />}
        </>
      )}
      <div class="actions">
        {mayAsk && may("assignments:write") && (
          <button type="button" class="button" onClick={() => setAsking(true)}>
            <Send size={18} aria-hidden="true" />
            {words.ask}
          </button>
        )}
        {mayAsk && may("reviews:write") && (
          <Link href={`/reviews/own/${analysisId}`} class="button">
            <PencilLine size={18} aria-hidden="true" />
            {words.beforeLooking}
          </Link>
        )}
      </div>
      {isAsking && (
        <AskDialog analysisId={analysisId} onAsked={found.reload} onClose={() => setAsking(false)} />
      )}
    </section>
  );
}

function Asked({ asked }: { asked: Assignment[] }) {
  return (
    <ul class="opinions">
      {asked.map((assignment) => (
        <li key={assignment.id}>
          <div class="spread">
            <span>{assignment.assignee_email}</span>
            <span class="row">
              <BlindSign blind={assignment.blind} />
              <StateSign status={assignment.status} />
            </span>
          </div>
          <Dates assignment={assignment} />
        </li>
      ))}
    </ul>
  );
}
