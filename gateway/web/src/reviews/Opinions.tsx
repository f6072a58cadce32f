/** Second opinions on one record, for its page: who was asked, and what everybody said. */
import { may } from "../session/store";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { askedTimes } from "./asked";
import type { Assignment } from "./documents";
import { OpinionList } from "./OpinionList";
import { listAsked, listReviews } from "./requests";
import { BlindSign, Dates, StateSign } from "./Signs";
import "./reviews.css";

const words = strings.reviews;

export function Opinions({ analysisId }: { analysisId: string }) {
  const found = useLoaded(() => load(analysisId), [analysisId, askedTimes.value]);
  return (
    <section class="card" aria-label={words.opinions}>
      <h2>{words.opinions}</h2>
      {found.error !== null && <Failure error={found.error} again={found.reload} />}
      {!found.data && found.isLoading && <Loading />}
      {found.data && <Found {...found.data} />}
    </section>
  );
}

interface FoundProps {
  asked: Assignment[];
  reviews: Awaited<ReturnType<typeof listReviews>>;
}

/** What was asked and is not answered yet, and what was said. */
async function load(analysisId: string): Promise<FoundProps> {
  const [asked, reviews] = await Promise.all([
    listAsked(analysisId),
    may("reviews:read") ? listReviews(analysisId) : [],
  ]);
  return { asked: asked.filter((each) => each.status !== "done"), reviews };
}

function Found({ asked, reviews }: FoundProps) {
  if (asked.length + reviews.length === 0) return <p class="faint">{words.noOpinions}</p>;
  return (
    <>
      {reviews.length > 0 && <OpinionList reviews={reviews} />}
      {asked.length > 0 && <Asked asked={asked} />}
    </>
  );
}

function Asked({ asked }: { asked: Assignment[] }) {
  return (
    <ul class="opinions">
      {asked.map((assignment) => (
        <li key={assignment.id}>
          <div class="spread">
            <span class="quote">{assignment.assignee_email}</span>
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
