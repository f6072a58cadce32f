/** A record's category once it has one; before that, or where there is none, its state in words. */
import { CircleX, Clock, EyeOff, LoaderCircle } from "lucide-preact";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import type { RecordSummary } from "./reading";

const ICONS = { queued: Clock, running: LoaderCircle, failed: CircleX, cancelled: CircleX };

export function StateBadge({ record }: { record: RecordSummary }) {
  if (record.blinded) {
    return (
      <span class="badge plain">
        <EyeOff size={14} aria-hidden="true" />
        {strings.records.blinded}
      </span>
    );
  }
  if (record.status === "succeeded") return <CategoryBadge category={shown(record).category} />;
  const Icon = ICONS[record.status];
  return (
    <span class={record.status === "failed" ? "badge failed" : "badge plain"}>
      <Icon size={14} aria-hidden="true" />
      {strings.records.statuses[record.status]}
    </span>
  );
}

/** What counts: the corrected layer where there is one that belongs to this result, else the model's. */
export function shown(record: RecordSummary) {
  const correction = record.correction;
  return correction && !correction.stale ? correction : record;
}
