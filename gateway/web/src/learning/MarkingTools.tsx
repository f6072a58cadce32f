/** What a tap does, what is there so far, and how to be done. */
import { Eraser, Undo2 } from "lucide-preact";
import { count } from "../format";
import { strings } from "../strings";
import { countOf, KINDS, type Kind, type Marking } from "./marking";

const words = strings.learning;

export type Tool = Kind | "remove";

interface MarkingToolsProps {
  marking: Marking;
  tool: Tool;
  onTool: (tool: Tool) => void;
  onUndo: () => void;
  onSubmit: () => void;
}

export function MarkingTools({ marking, tool, onTool, onUndo, onSubmit }: MarkingToolsProps) {
  return (
    <div class="marking-tools">
      <fieldset class="tools plain-fieldset">
        <legend class="visually-hidden">{words.tools}</legend>
        {KINDS.map((kind, index) => (
          <button
            key={kind}
            type="button"
            class={`tool ${kind}`}
            aria-pressed={tool === kind}
            aria-keyshortcuts={`${index + 1}`}
            onClick={() => onTool(kind)}
          >
            <KindSign kind={kind} />
            <span>{words.kinds[kind]}</span>
            <strong class="number">{count(countOf(marking, kind))}</strong>
          </button>
        ))}
        <button
          type="button"
          class="tool"
          aria-pressed={tool === "remove"}
          aria-keyshortcuts="3"
          onClick={() => onTool("remove")}
        >
          <Eraser size={20} aria-hidden="true" />
          <span>{strings.remove}</span>
        </button>
      </fieldset>
      <p class="visually-hidden" role="status">
        {words.marked(
          count(countOf(marking, "immunopositive")),
          count(countOf(marking, "immunonegative")),
        )}
      </p>
      <div class="tools-end">
        <button
          type="button"
          class="button"
          disabled={marking.steps.length === 0}
          aria-keyshortcuts="z"
          onClick={onUndo}
        >
          <Undo2 size={18} aria-hidden="true" />
          {words.undo}
        </button>
        <button type="button" class="button primary" onClick={onSubmit}>
          {words.submit}
        </button>
      </div>
      <p class="hint keys">{words.keys}</p>
    </div>
  );
}

/** Positive: filled and round, solid; negative: hollow and square, dashed. */
export function KindSign({ kind }: { kind: Kind }) {
  return (
    <svg class={`kind-sign ${kind}`} viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      {kind === "immunopositive" ? (
        <circle cx="10" cy="10" r="7" />
      ) : (
        <rect x="3.5" y="3.5" width="13" height="13" />
      )}
    </svg>
  );
}
