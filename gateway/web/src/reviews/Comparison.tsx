/** Once the review is in: it and the model's result side by side, the model's nuclei in the picture, all other opinions. */
import { useState } from "preact/hooks";
import type { Analysis } from "../api/documents";
import { session } from "../session/store";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { FieldViewer } from "../viewer/FieldViewer";
import { ComparisonTable } from "./ComparisonTable";
import type { Review } from "./documents";
import { Layers, SHOWN_FIRST, type Shown } from "./Layers";
import { OpinionList } from "./OpinionList";
import { ratioOf } from "./ratio";
import { listReviews, readAnalysis } from "./requests";
import { useNuclei } from "./useNuclei";

const words = strings.reviews;

interface ComparisonProps {
  analysisId: string;
  /** Whose review is compared; null: one's own latest. */
  assignmentId: string | null;
}

export function Comparison({ analysisId, assignmentId }: ComparisonProps) {
  const found = useLoaded(
    async () => ({ analysis: await readAnalysis(analysisId, true), reviews: await listReviews(analysisId) }),
    [analysisId],
  );
  if (found.error !== null) return <Failure error={found.error} again={found.reload} />;
  if (!found.data) return <Loading />;
  const { analysis, reviews } = found.data;
  const own = session.value?.user.id;
  const review = reviews.find((each) =>
    assignmentId ? each.assignment_id === assignmentId : each.reviewer.id === own,
  );
  return (
    <SideBySide analysis={analysis} review={review} others={reviews.filter((each) => each !== review)} />
  );
}

interface SideBySideProps {
  analysis: Analysis;
  review: Review | undefined;
  others: Review[];
}

function SideBySide({ analysis, review, others }: SideBySideProps) {
  const [shown, setShown] = useState<Shown>(SHOWN_FIRST);
  const nuclei = useNuclei(analysis);
  return (
    <div class="review">
      <div class="review-field" style={ratioOf(analysis)}>
        <FieldViewer
          analysisId={analysis.id}
          widthPx={analysis.image.width_px}
          heightPx={analysis.image.height_px}
          label={words.fieldLabel}
          marks={nuclei}
          marksOpacity={shown.nuclei}
          layers={{ mask: shown.mask, heatmap: shown.heatmap }}
        />
      </div>
      <div class="review-panel">
        {review && <ComparisonTable analysis={analysis} review={review} />}
        {analysis.counts && <Layers shown={shown} onChange={setShown} />}
        {others.length > 0 && (
          <section class="card" aria-label={words.everybody}>
            <h2>{words.everybody}</h2>
            <OpinionList reviews={others} />
          </section>
        )}
      </div>
    </div>
  );
}
