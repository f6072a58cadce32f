/** One's opinion: counts or a category, where the result was shown whether one agrees, and a comment. */
import { Send } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { strings } from "../strings";
import { Confirm } from "../ui/Confirm";
import { Field } from "../ui/Field";
import type { Category, Opinion } from "./documents";
import { type By, type Draft, hasHalfCounts, reviewOf } from "./draft";
import { TallyBoard } from "./TallyBoard";
import type { Kind } from "./tally";

const words = strings.reviews;
const WAYS: [By, string][] = [
  ["counts", words.byCounts],
  ["category", words.byCategory],
];
const CATEGORIES: Category[] = ["low", "borderline", "high"];
const OPINIONS: Opinion[] = ["agree", "disagree", "unsure"];
const COMMENT_LENGTH = 5000;

interface ReviewFormProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  tapped: Kind | null;
  onTapped: (kind: Kind | null) => void;
  mayAgree: boolean;
  give: () => Promise<void>;
  extra?: ComponentChildren;
}

export function ReviewForm({ draft, onChange, mayAgree, give, extra, ...taps }: ReviewFormProps) {
  const [isAsking, setAsking] = useState(false);
  const change = (more: Partial<Draft>) => onChange({ ...draft, ...more });
  const canBeGiven = reviewOf(draft) !== null;
  return (
    <section class="card" aria-label={words.yourOpinion}>
      <div class="spread">
        <h2>{words.yourOpinion}</h2>
        <fieldset class="segments" aria-label={words.by}>
          {WAYS.map(([by, name]) => (
            <button key={by} type="button" aria-pressed={draft.by === by} onClick={() => change({ by })}>
              {name}
            </button>
          ))}
        </fieldset>
      </div>
      {draft.by === "counts" && (
        <TallyBoard tally={draft.tally} onChange={(tally) => change({ tally })} {...taps} />
      )}
      <CategoryField draft={draft} onChange={(category) => change({ category })} />
      {mayAgree && <AgreementField value={draft.agreement} onChange={(agreement) => change({ agreement })} />}
      <CommentField value={draft.comment} onChange={(comment) => change({ comment })} />
      {!canBeGiven && <p class="hint">{missing(draft, mayAgree)}</p>}
      <div class="review-actions">
        {extra}
        <button type="button" class="button primary" disabled={!canBeGiven} onClick={() => setAsking(true)}>
          <Send size={18} aria-hidden="true" />
          {words.giveReview}
        </button>
      </div>
      {isAsking && (
        <Confirm
          title={words.giveReviewTitle}
          detail={words.giveReviewDetail}
          action={words.giveReview}
          isDangerous={false}
          run={give}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

function missing(draft: Draft, mayAgree: boolean): string {
  if (hasHalfCounts(draft)) return words.needBoth;
  return mayAgree ? words.needSomethingOpen : words.needSomething;
}

function CategoryField({ draft, onChange }: { draft: Draft; onChange: (category: Category | null) => void }) {
  return (
    <Field label={words.category}>
      {(joined) => (
        <select
          {...joined}
          value={draft.category ?? ""}
          onChange={(event) => onChange((event.currentTarget.value || null) as Category | null)}
        >
          <option value="">{draft.by === "counts" ? words.fromCounts : words.choose}</option>
          {CATEGORIES.map((each) => (
            <option key={each} value={each}>
              {strings.categories[each]}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function AgreementField(props: { value: Opinion | null; onChange: (value: Opinion | null) => void }) {
  return (
    <fieldset class="choices">
      <legend>{words.agreementQuestion}</legend>
      {[...OPINIONS, null].map((each) => (
        <label key={each} class="check">
          <input
            type="radio"
            name="agreement"
            checked={props.value === each}
            onChange={() => props.onChange(each)}
          />
          {each ? words.agreements[each] : words.noAgreement}
        </label>
      ))}
    </fieldset>
  );
}

function CommentField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Field label={`${words.comment} (${strings.optional})`}>
      {(joined) => (
        <textarea
          {...joined}
          rows={2}
          maxLength={COMMENT_LENGTH}
          value={value}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
