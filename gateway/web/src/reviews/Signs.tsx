/** Small signs of a request: where it stands, and whether it is blind. Each by icon and word. */
import { CircleCheck, CircleDashed, CircleDot, CircleX, Eye, EyeOff, GraduationCap } from "lucide-preact";
import { day } from "../format";
import { strings } from "../strings";
import type { Assignment, AssignmentStatus } from "./documents";

const words = strings.reviews;
const ICONS = { requested: CircleDashed, accepted: CircleDot, declined: CircleX, done: CircleCheck };

export function StateSign({ status }: { status: AssignmentStatus }) {
  const Icon = ICONS[status];
  return (
    <span class={`badge state-${status}`}>
      <Icon size={14} aria-hidden="true" />
      {words.states[status]}
    </span>
  );
}

export function BlindSign({ blind }: { blind: boolean }) {
  const Icon = blind ? EyeOff : Eye;
  return (
    <span class="badge plain" title={blind ? words.blindHint : undefined}>
      <Icon size={14} aria-hidden="true" />
      {blind ? words.blind : words.open}
    </span>
  );
}

export function LearningSign() {
  return (
    <span class="badge plain">
      <GraduationCap size={14} aria-hidden="true" />
      {words.learning}
    </span>
  );
}

export function Dates({ assignment }: { assignment: Assignment }) {
  const { created_at, due_on, overdue } = assignment;
  return (
    <p class="faint small request-dates">
      <span>{words.askedOn(day(created_at))}</span>
      {due_on && (
        <span class={overdue ? "overdue" : undefined}>
          {overdue ? words.overdue(day(due_on)) : words.due(day(due_on))}
        </span>
      )}
    </p>
  );
}
