/** One's own record, judged before looking: the result is hidden on this page until one's opinion is in. */
import { EyeOff } from "lucide-preact";
import { useState } from "preact/hooks";
import { Link, useParams } from "wouter-preact";
import { strings } from "../strings";
import { Page } from "../ui/Page";
import { Comparison } from "./Comparison";
import { Reviewing } from "./Reviewing";
import "./reviews.css";

const words = strings.reviews;

export default function OwnReviewPage() {
  const { analysisId = "" } = useParams();
  const [isGiven, setGiven] = useState(false);
  const toRecord = (
    <Link href={`/records/${analysisId}`} class="button">
      {words.toRecord}
    </Link>
  );
  return (
    <Page title={words.ownTitle} actions={isGiven && toRecord} wide>
      {isGiven ? (
        <Comparison analysisId={analysisId} assignmentId={null} />
      ) : (
        <Reviewing
          analysisId={analysisId}
          showsResult={false}
          mayAgree={false}
          notice={
            <p class="notice-line">
              <EyeOff size={18} aria-hidden="true" />
              {words.ownLead}
            </p>
          }
          onGiven={() => setGiven(true)}
        />
      )}
    </Page>
  );
}
