/** A review and the model's result side by side, with the differences. */
import type { ComponentChildren } from "preact";
import type { Analysis } from "../api/documents";
import { count, percent, points } from "../format";
import { session } from "../session/store";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import { ClassSign } from "./ClassSign";
import type { Review } from "./documents";
import { Interval } from "./Result";
import type { Kind } from "./tally";

const words = strings.reviews;

export function ComparisonTable({ analysis, review }: { analysis: Analysis; review: Review }) {
  const isMine = review.reviewer.id === session.value?.user.id;
  return (
    <section class="card" aria-label={words.sideBySide}>
      <div class="spread">
        <h2>{words.sideBySide}</h2>
        <span class="faint small">{review.blind ? words.blindly : words.openly}</span>
      </div>
      <table class="comparison">
        <thead>
          <tr>
            <td />
            <th scope="col">{isMine ? words.you : review.reviewer.name}</th>
            <th scope="col">{words.model}</th>
            <th scope="col">{words.difference}</th>
          </tr>
        </thead>
        <tbody>
          <Counts kind="immunopositive" analysis={analysis} review={review} />
          <Counts kind="immunonegative" analysis={analysis} review={review} />
          <Index analysis={analysis} review={review} />
          <Category analysis={analysis} review={review} />
        </tbody>
      </table>
      {review.agreement && (
        <p>
          {words.agreementQuestion} <strong>{words.agreements[review.agreement]}</strong>
        </p>
      )}
      {review.comment && <p class="quote">{review.comment}</p>}
    </section>
  );
}

interface Compared {
  analysis: Analysis;
  review: Review;
}

function Row(props: { name: ComponentChildren; children: ComponentChildren }) {
  return (
    <tr>
      <th scope="row">{props.name}</th>
      {props.children}
    </tr>
  );
}

function Counts({ kind, analysis, review }: Compared & { kind: Kind }) {
  const [own, model] = [review[kind], analysis.counts?.[kind] ?? null];
  const name = kind === "immunopositive" ? words.addPositive : words.addNegative;
  return (
    <Row
      name={
        <span class="comparison-class">
          <ClassSign kind={kind} size={14} />
          {name}
        </span>
      }
    >
      <td>{own === null ? words.notComparable : count(own)}</td>
      <td>{model === null ? words.notComparable : count(model)}</td>
      <td>{own === null || model === null ? words.notComparable : points(own - model, 0)}</td>
    </Row>
  );
}

function Index({ analysis, review }: Compared) {
  const difference = review.comparison?.index_difference_percent ?? null;
  return (
    <Row name={words.index}>
      <td>{percent(review.index_percent)}</td>
      <td>
        {percent(review.comparison?.index_percent)}
        <Interval interval={analysis.index_interval_percent} />
      </td>
      <td>
        {difference === null ? (
          words.notComparable
        ) : (
          <>
            {points(difference)} <span class="faint small">{words.pointsUnit}</span>
          </>
        )}
      </td>
    </Row>
  );
}

function Category({ review }: Compared) {
  const agrees = review.comparison?.category_agrees ?? null;
  return (
    <Row name={words.category}>
      <td>
        <CategoryBadge category={review.category} />
      </td>
      <td>
        <CategoryBadge category={review.comparison?.category} />
      </td>
      <td>{agrees === null ? words.notComparable : agrees ? words.agrees : words.differs}</td>
    </Row>
  );
}
