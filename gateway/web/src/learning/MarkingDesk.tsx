/** Picture, tools and counts while nuclei are marked. */
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { api, ask } from "../api/client";
import type { Analysis } from "../api/documents";
import { strings } from "../strings";
import { Confirm } from "../ui/Confirm";
import { Page } from "../ui/Page";
import { FieldViewer } from "../viewer/FieldViewer";
import { MarkingTools, type Tool } from "./MarkingTools";
import { added, removed, sentMarks, undone } from "./marking";
import { useKeys } from "./useKeys";
import { useMarking } from "./useMarking";

const words = strings.learning;

interface Tap {
  x: number;
  y: number;
  nearest: number | null;
}

export function MarkingDesk({ field }: { field: Analysis }) {
  const { marking, change, forget } = useMarking(field.id);
  const [tool, setTool] = useState<Tool>("immunopositive");
  const [isAsking, setAsking] = useState(false);
  const [, navigate] = useLocation();
  const undo = () => change(undone);
  useKeys({ "1": () => setTool("immunopositive"), "2": () => setTool("immunonegative"), "3": () => setTool("remove"), z: undo });
  const { width_px: widthPx, height_px: heightPx } = field.image;
  const tap = ({ x, y, nearest }: Tap) => {
    if (tool !== "remove") change((marks) => added(marks, { x, y, kind: tool }, widthPx, heightPx));
    else if (nearest !== null) change((marks) => removed(marks, nearest));
  };
  const submit = async () => {
    const body = { marks: sentMarks(marking) };
    const params = { path: { analysis_id: field.id } };
    const made = await ask(
      api.POST("/api/v1/analyses/{analysis_id}/annotations", { params, body: body as never }),
    );
    forget();
    navigate(`/annotations/${made.id}`);
  };
  return (
    <Page title={words.markTitle} lead={words.markLead} wide>
      <div class="desk">
        <div class="desk-picture">
          <FieldViewer
            analysisId={field.id}
            widthPx={widthPx}
            heightPx={heightPx}
            label={words.fieldToMark(field.filename)}
            marks={marking.marks}
            onTap={tap}
          />
        </div>
        <MarkingTools
          marking={marking}
          tool={tool}
          onTool={setTool}
          onUndo={undo}
          onSubmit={() => setAsking(true)}
        />
      </div>
      {isAsking && (
        <Confirm
          title={words.submitTitle}
          detail={words.submitDetail(marking.marks.length)}
          action={words.submit}
          run={submit}
          onClose={() => setAsking(false)}
        />
      )}
    </Page>
  );
}
