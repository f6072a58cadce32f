/** The field on one side, one's opinion on the other; kept in memory until it is given. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Analysis } from "../api/documents";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { say } from "../ui/toasts";
import { useLoaded } from "../ui/useLoaded";
import { FieldViewer } from "../viewer/FieldViewer";
import { type Draft, EMPTY_DRAFT, reviewOf } from "./draft";
import { Result } from "./Result";
import { ReviewForm } from "./ReviewForm";
import { ratioOf } from "./ratio";
import { giveReview, readAnalysis } from "./requests";
import { counted, type Kind, marksOf } from "./tally";
import { useTallyKeys } from "./useTallyKeys";

const words = strings.reviews;

interface ReviewingProps {
  analysisId: string;
  showsResult: boolean;
  mayAgree: boolean;
  notice: ComponentChildren;
  extra?: ComponentChildren;
  onGiven: () => void;
}

export function Reviewing(props: ReviewingProps) {
  const analysis = useLoaded(() => readAnalysis(props.analysisId, false), [props.analysisId]);
  if (analysis.error !== null) return <Failure error={analysis.error} again={analysis.reload} />;
  if (!analysis.data) return <Loading />;
  return <Workspace {...props} analysis={analysis.data} />;
}

function Workspace({ analysis, ...props }: ReviewingProps & { analysis: Analysis }) {
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const [tapped, setTapped] = useState<Kind | null>(null);
  useTallyKeys(draft.by === "counts", (step) =>
    setDraft((known) => ({ ...known, tally: step(known.tally) })),
  );
  const marks = useMemo(() => marksOf(draft.tally), [draft.tally]);
  const give = async () => {
    const review = reviewOf(draft);
    if (!review) return;
    await giveReview(analysis.id, review);
    say(words.given);
    props.onGiven();
  };
  const onTap = ({ x, y }: { x: number; y: number }) => {
    if (!tapped || draft.by !== "counts") return;
    setDraft((known) => ({ ...known, tally: counted(known.tally, tapped, { x, y }) }));
  };
  return (
    <div class="review">
      <div class="review-field" style={ratioOf(analysis)}>
        <FieldViewer
          analysisId={analysis.id}
          widthPx={analysis.image.width_px}
          heightPx={analysis.image.height_px}
          label={words.fieldLabel}
          marks={marks}
          onTap={onTap}
        />
      </div>
      <div class="review-panel">
        {props.notice}
        {props.showsResult && <Result analysis={analysis} />}
        <ReviewForm
          draft={draft}
          onChange={setDraft}
          tapped={tapped}
          onTapped={setTapped}
          mayAgree={props.mayAgree && analysis.counts !== null}
          give={give}
          extra={props.extra}
        />
      </div>
    </div>
  );
}
