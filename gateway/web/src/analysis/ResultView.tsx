/** A scored field: the picture with its layers and tools, beside or above what was found. */
import { useState } from "preact/hooks";
import { Opinions } from "../reviews/Opinions";
import { strings } from "../strings";
import { FieldViewer } from "../viewer/FieldViewer";
import type { Tap } from "../viewer/scene";
import { Actions } from "./Actions";
import { CorrectionBar, type Tool } from "./CorrectionBar";
import { isUntouched } from "./edits";
import { Facts } from "./Facts";
import { LayerControls } from "./LayerControls";
import { opacitiesOf, SHOWN_FIRST } from "./layerSettings";
import { NucleusCard } from "./NucleusCard";
import { RecordHead } from "./RecordHead";
import type { FieldRecord, Scored } from "./record";
import { ScoreCard } from "./ScoreCard";
import { ThresholdControls } from "./ThresholdControls";
import { edited } from "./tapping";
import { useCorrections } from "./useCorrections";
import { useShown } from "./useShown";
import { useThresholds } from "./useThresholds";
import { Warnings } from "./Warnings";

const words = strings.analysis;

interface ResultViewProps {
  analysis: Scored;
  record: FieldRecord;
  reload: () => void;
}

export function ResultView({ analysis, record, reload }: ResultViewProps) {
  const { id, image } = analysis;
  const corrections = useCorrections(id, analysis.revision, record.saved, reload);
  const trying = useThresholds(analysis, reload);
  const [layers, setLayers] = useState(SHOWN_FIRST);
  const [isCorrected, setCorrected] = useState(!isUntouched(record.saved.edits));
  const [tool, setTool] = useState<Tool>("look");
  const [selected, setSelected] = useState<number | null>(null);
  const shown = useShown(analysis, record.outlines, corrections.edits, isCorrected, trying.tried);

  const choose = (chosen: Tool) => {
    setTool(chosen);
    setSelected(null);
    if (chosen !== "look") setCorrected(true);
  };
  const tap = ({ x, y, nearest }: Tap) => {
    if (tool === "look" || trying.isChanged) return setSelected(nearest);
    const target = nearest === null ? null : (shown.targets[nearest] ?? null);
    const edits = edited(corrections.edits, tool, { x, y, target }, shown.kinds);
    if (edits) corrections.change(edits);
  };
  const opacities = opacitiesOf(layers);
  return (
    <div class="result">
      <div class="result-picture">
        <div class="result-field">
          <FieldViewer
            analysisId={id}
            widthPx={image.width_px}
            heightPx={image.height_px}
            label={words.fieldOf(analysis.filename)}
            layers={opacities}
            marks={shown.marks}
            marksOpacity={opacities.nuclei}
            outlinesOpacity={opacities.contours}
            selected={selected}
            onTap={tap}
          />
          <NucleusCard shown={shown} selected={selected} onClose={() => setSelected(null)} />
        </div>
        <CorrectionBar tool={tool} choose={choose} corrections={corrections} isOff={trying.isChanged} />
      </div>
      <div class="result-panel">
        <RecordHead analysis={analysis} onLabels={reload} />
        <ScoreCard
          score={shown.score}
          boundaries={analysis.thresholds.category_boundaries_percent}
          source={shown.source}
          hasCorrections={!isUntouched(corrections.edits)}
          chooseCorrected={setCorrected}
        />
        <Warnings warnings={(trying.tried ?? analysis).warnings} />
        <LayerControls layers={layers} onChange={setLayers} />
        <ThresholdControls trying={trying} hasCorrections={!isUntouched(corrections.edits)} />
        <Facts analysis={analysis} />
        <Opinions analysisId={id} />
        <Actions analysis={analysis} hasCorrections={!isUntouched(corrections.edits)} />
      </div>
    </div>
  );
}
