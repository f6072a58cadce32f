/** The tools under the picture: look at a nucleus, or add, remove and relabel by tap; undo and redo. */
import { CirclePlus, Hand, type LucideIcon, Redo2, Replace, SquarePlus, Trash2, Undo2 } from "lucide-preact";
import { may } from "../session/store";
import { strings } from "../strings";
import type { Corrections } from "./useCorrections";

const words = strings.analysis;

export type Tool = "look" | "addPositive" | "addNegative" | "remove" | "relabel";

const TOOLS: [Tool, LucideIcon][] = [
  ["look", Hand],
  ["addPositive", CirclePlus],
  ["addNegative", SquarePlus],
  ["remove", Trash2],
  ["relabel", Replace],
];

interface CorrectionBarProps {
  tool: Tool;
  choose: (tool: Tool) => void;
  corrections: Corrections;
  /** Other thresholds are being tried: there is nothing to correct on. */
  isOff: boolean;
}

export function CorrectionBar({ tool, choose, corrections, isOff }: CorrectionBarProps) {
  if (!may("analyses:write")) return null;
  return (
    <div class="correction-bar">
      <div class="correction-tools" role="toolbar" aria-label={words.correct}>
        {TOOLS.map(([name, Icon]) => (
          <button
            key={name}
            type="button"
            class={`tool ${name}`}
            aria-pressed={tool === name}
            disabled={isOff && name !== "look"}
            onClick={() => choose(name)}
          >
            <Icon size={20} aria-hidden="true" />
            <span>{words.tools[name]}</span>
          </button>
        ))}
        <span class="tool-gap" />
        <button type="button" class="tool" disabled={!corrections.canUndo} onClick={corrections.undo}>
          <Undo2 size={20} aria-hidden="true" />
          <span>{words.undo}</span>
        </button>
        <button type="button" class="tool" disabled={!corrections.canRedo} onClick={corrections.redo}>
          <Redo2 size={20} aria-hidden="true" />
          <span>{words.redo}</span>
        </button>
      </div>
      <p class="tool-hint small faint" role="status">
        <span>{isOff ? words.correctLater : words.toolHints[tool]}</span>
        <SavingNote corrections={corrections} />
      </p>
    </div>
  );
}

function SavingNote({ corrections }: { corrections: Corrections }) {
  const { state, canUndo, canRedo } = corrections;
  if (state === "failed") {
    return (
      <button type="button" class="button small danger" onClick={corrections.retry}>
        {words.saveAgain}
      </button>
    );
  }
  if (!canUndo && !canRedo) return null;
  return <span class="saving-note">{words.saving[state]}</span>;
}
