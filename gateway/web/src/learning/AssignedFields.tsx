/** Fields that somebody gave one to practise on, and that are not done yet. */
import { GraduationCap } from "lucide-preact";
import { Link } from "wouter-preact";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { day } from "../format";
import { Thumbnail } from "../records/Thumbnail";
import { strings } from "../strings";
import { usePaged } from "../ui/usePaged";

const words = strings.learning;
type Assignment = components["schemas"]["AssignmentsOut.AssignmentOut"];
const QUERY = { purpose: "learning", status: "requested,accepted", limit: 20 } as const;

export function AssignedFields() {
  const list = usePaged(
    (cursor) => ask(api.GET("/api/v1/assignments", { params: { query: { ...QUERY, cursor } } })),
    [],
  );
  if (!list.items?.length) return null;
  return (
    <ul class="assigned">
      {list.items.map((assignment) => (
        <Assigned key={assignment.id} assignment={assignment} />
      ))}
      {list.hasMore && (
        <li>
          <button type="button" class="button wide" onClick={list.more}>
            {strings.more}
          </button>
        </li>
      )}
    </ul>
  );
}

function Assigned({ assignment }: { assignment: Assignment }) {
  return (
    <li>
      <Link href={`/learn/${assignment.analysis_id}`} class="assigned-field">
        <Thumbnail analysisId={assignment.analysis_id} />
        <span class="assigned-text">
          <strong>
            <GraduationCap size={16} aria-hidden="true" /> {words.givenBy(assignment.assigner.name)}
          </strong>
          {assignment.note && <span>{assignment.note}</span>}
          {assignment.due_on && <span class="hint">{words.due(day(assignment.due_on))}</span>}
        </span>
        <span class="button primary">{words.start}</span>
      </Link>
    </li>
  );
}
