/** The bare field, with nothing of a result on it, beside what is said about it. */
import type { ComponentChildren } from "preact";
import type { Analysis } from "../api/documents";
import { strings } from "../strings";
import { FieldViewer } from "../viewer/FieldViewer";
import { RecordHead } from "./RecordHead";

export function FieldBeside({ analysis, children }: { analysis: Analysis; children: ComponentChildren }) {
  const { id, image, filename } = analysis;
  return (
    <div class="result">
      <div class="result-picture">
        <FieldViewer
          analysisId={id}
          widthPx={image.width_px}
          heightPx={image.height_px}
          label={strings.analysis.fieldOf(filename)}
        />
      </div>
      <div class="result-panel">
        <RecordHead analysis={analysis} />
        {children}
      </div>
    </div>
  );
}
