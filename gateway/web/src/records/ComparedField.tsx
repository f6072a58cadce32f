/** One of two compared fields: picture with its nuclei, name and category. */
import { useMemo } from "preact/hooks";
import { Link } from "wouter-preact";
import { strings } from "../strings";
import { CategoryBadge } from "../ui/CategoryBadge";
import { FieldViewer } from "../viewer/FieldViewer";
import type { Mark } from "../viewer/marks";
import { figuresOf } from "./compare";
import type { Compared } from "./useComparison";

export function ComparedField({ compared, place }: { compared: Compared; place: string }) {
  const { record } = compared;
  const marks = useMemo(() => marksOf(compared), [compared]);
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

function marksOf({ record, outlines }: Compared): Mark[] {
  return (record.nuclei ?? []).map(({ x, y, class: kind }, place) => {
    const contour = outlines[place];
    return contour ? { x, y, kind, contour } : { x, y, kind };
  });
}
