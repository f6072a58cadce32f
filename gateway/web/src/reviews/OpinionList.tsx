/** Reviews of a record in a list, each beside the model's result. */
import { count, day, percent, points } from "../format";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import type { Review } from "./documents";
import { BlindSign } from "./Signs";

const words = strings.reviews;

export function OpinionList({ reviews }: { reviews: Review[] }) {
  return (
    <ul class="opinions">
      {reviews.map((review) => (
        <li key={review.id}>
          <div class="spread">
            <strong>{words.givenBy(review.reviewer.name, day(review.created_at))}</strong>
            <BlindSign blind={review.blind} />
          </div>
          <div class="row">
            <CategoryBadge category={review.category} />
            <span>{figures(review)}</span>
          </div>
          {review.agreement && (
            <p class="faint">
              {words.agreementQuestion} {words.agreements[review.agreement]}
            </p>
          )}
          {review.comment && <p class="quote">{review.comment}</p>}
        </li>
      ))}
    </ul>
  );
}

/** Say counts, index and the distance to the model's, as far as they are known. */
function figures(review: Review): string {
  const { immunopositive, immunonegative, index_percent, comparison } = review;
  const difference = comparison?.index_difference_percent ?? null;
  return [
    index_percent !== null && percent(index_percent),
    immunopositive !== null &&
      immunonegative !== null &&
      words.ofNuclei(count(immunopositive), count(immunopositive + immunonegative)),
    difference !== null && words.toModel(points(difference)),
  ]
    .filter(Boolean)
    .join(" · ");
}
