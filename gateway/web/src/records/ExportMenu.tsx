/** Files of one record, as plain downloads; of the corrected layer too where somebody corrected it. */
import { Download } from "lucide-preact";
import { useState } from "preact/hooks";
import { strings } from "../strings";
import { Dialog } from "../ui/Dialog";
import "./records.css";
import { FILES, fileLink, fileName, type LayerName } from "./exports";
import { LayerChoice } from "./LayerChoice";

const words = strings.records;

export function ExportMenu({ analysisId, hasCorrections }: { analysisId: string; hasCorrections: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button" onClick={() => setOpen(true)}>
        <Download size={18} aria-hidden="true" />
        {words.export}
      </button>
      {isOpen && (
        <ExportDialog
          analysisId={analysisId}
          hasCorrections={hasCorrections}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

interface ExportDialogProps {
  analysisId: string;
  hasCorrections: boolean;
  onClose: () => void;
}

function ExportDialog({ analysisId, hasCorrections, onClose }: ExportDialogProps) {
  const [layer, setLayer] = useState<LayerName>(hasCorrections ? "corrected" : "model");
  return (
    <Dialog title={words.exportTitle} onClose={onClose}>
      {hasCorrections && <LayerChoice layer={layer} onChoose={setLayer} />}
      <ul class="files">
        {FILES.map((file) => (
          <li key={file.key}>
            <a
              class="file"
              href={fileLink(analysisId, file, layer)}
              download={fileName(analysisId, file, layer)}
            >
              <Download size={18} aria-hidden="true" />
              <span>
                <strong>{words.files[file.key].name}</strong>
                <span class="hint">{words.files[file.key].detail}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
