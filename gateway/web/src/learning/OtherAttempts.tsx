/** Everybody's attempts at the same field that one may see, newest first. */
import { Link } from "wouter-preact";
import { api, ask } from "../api/client";
import { moment } from "../format";
import { strings } from "../strings";
import { MoreButton } from "../ui/MoreButton";
import { usePaged } from "../ui/usePaged";
import type { Annotation } from "./outcome";
import { share } from "./Results";

const words = strings.learning;

export function OtherAttempts({ annotation }: { annotation: Annotation }) {
  const path = { analysis_id: annotation.analysis_id };
  const list = usePaged(
    (cursor) => ask(api.GET("/api/v1/analyses/{analysis_id}/annotations", { params: { path, query: { cursor } } })),
    [annotation.analysis_id],
  );
  const others = list.items?.filter((each) => each.id !== annotation.id) ?? [];
  if (list.items && others.length === 0 && !list.hasMore) return null;
  return (
    <section class="card" aria-labelledby="others">
      <h2 id="others">{words.otherAttempts}</h2>
      <ul class="others">
        {others.map((each) => (
          <li key={each.id} class="spread">
            <Link href={`/annotations/${each.id}`}>
              {words.attemptAt(each.attempt, moment(each.created_at))}
            </Link>
            <span class="number">{words.f1Is(share(each.scores.detection.f1))}</span>
          </li>
        ))}
      </ul>
      <MoreButton list={list} />
    </section>
  );
}
