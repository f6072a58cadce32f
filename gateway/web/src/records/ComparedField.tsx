/** One of two compared fields: picture with its nuclei, name and category. */
import { useMemo } from "preact/hooks";
import { Link } from "wouter-preact";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import { FieldViewer } from "../viewer/FieldViewer";
import type { Mark } from "../viewer/marks";
import { figuresOf } from "./compare";
import type { Result } from "./useComparison";

export function ComparedField({ record, place }: { record: Result; place: string }) {
  const marks = useMemo(() => marksOf(record), [record]);
  return (
    <section class="compared-field" aria-label={`${place}: ${record.filename}`}>
      <header class="spread">
        <h2>
          <span class="badge plain">{place}</span>{" "}
          <Link href={`/records/${record.id}`}>{record.filename}</Link>
        </h2>
        <CategoryBadge category={figuresOf(record).category} />
      </header>
      <div class="compared-picture">
        <FieldViewer
          analysisId={record.id}
          widthPx={record.image.width_px}
          heightPx={record.image.height_px}
          label={strings.records.fieldOf(record.filename)}
          marks={marks}
        />
      </div>
    </section>
  );
}

function marksOf(record: Result): Mark[] {
  return (record.nuclei ?? []).map((nucleus) => ({ x: nucleus.x, y: nucleus.y, kind: nucleus.class }));
}
