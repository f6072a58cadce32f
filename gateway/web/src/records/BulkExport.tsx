/** All records that the filters find, as a table or as a ZIP with files of each. */
import { Archive, Table } from "lucide-preact";
import { useState } from "preact/hooks";
import { strings } from "../strings";
import { Dialog } from "../ui/Dialog";
import { archiveLink, type LayerName, PARTS, type Part, tableLink } from "./exports";
import type { Filters } from "./filters";
import { LayerChoice } from "./LayerChoice";

const words = strings.records;

export function BulkExport({ filters, onClose }: { filters: Filters; onClose: () => void }) {
  const [parts, setParts] = useState<Part[]>(["csv", "geojson"]);
  const [layer, setLayer] = useState<LayerName>("model");
  const toggle = (part: Part) => setParts(PARTS.filter((each) => parts.includes(each) !== (each === part)));
  return (
    <Dialog title={words.bulkTitle} onClose={onClose}>
      <div class="stack">
        <p class="hint">{words.bulkDetail}</p>
        <fieldset class="plain-fieldset">
          <legend>{words.bulkParts}</legend>
          <div class="check-grid">
            {PARTS.map((part) => (
              <label key={part} class="check">
                <input type="checkbox" checked={parts.includes(part)} onChange={() => toggle(part)} />
                {words.files[part].name}
              </label>
            ))}
          </div>
        </fieldset>
        <LayerChoice layer={layer} onChoose={setLayer} />
        <div class="dialog-actions">
          <a class="button" href={tableLink(filters)} download="analyses.csv">
            <Table size={18} aria-hidden="true" />
            {words.bulkTable}
          </a>
          <a class="button primary" href={archiveLink(filters, parts, layer)} download="analyses.zip">
            <Archive size={18} aria-hidden="true" />
            {words.bulkArchive}
          </a>
        </div>
      </div>
    </Dialog>
  );
}
