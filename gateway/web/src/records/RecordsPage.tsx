/** The records one may see: looked for by the address, listed page by page, chosen to compare or to delete. */
import { Download, FolderOpen, SearchX } from "lucide-preact";
import { useState } from "preact/hooks";
import { Link, useLocation, useSearch } from "wouter-preact";
import { count } from "../format";
import { may } from "../session/store";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { MoreButton } from "../ui/MoreButton";
import { Page } from "../ui/Page";
import { useMedia } from "../ui/useMedia";
import { BulkExport } from "./BulkExport";
import { FilterBar } from "./FilterBar";
import { type Filters, filtersOf, NO_FILTERS, queryOf, searchOf } from "./filters";
import { LabelsDialog } from "./LabelsDialog";
import { RecordCards } from "./RecordCards";
import { RecordTable } from "./RecordTable";
import { SelectionBar } from "./SelectionBar";
import { useRecords } from "./useRecords";
import { useSelection } from "./useSelection";
import "./records.css";

const words = strings.records;

export default function RecordsPage() {
  const [filters, setFilters] = useFilters();
  const [isExporting, setExporting] = useState(false);
  const [edited, setEdited] = useState<string | null>(null);
  const list = useRecords(queryOf(filters));
  const selection = useSelection();
  const isWide = useMedia("(min-width: 880px)");
  const Rows = isWide ? RecordTable : RecordCards;
  const exporting = (
    <button type="button" class="button" onClick={() => setExporting(true)}>
      <Download size={18} aria-hidden="true" />
      {words.export}
    </button>
  );
  return (
    <Page title={strings.pages.records} actions={exporting}>
      <FilterBar filters={filters} onChange={setFilters} />
      <p class="visually-hidden" role="status">
        {list.items && words.shown(count(list.items.length), list.hasMore)}
      </p>
      {list.items?.length === 0 && !list.isLoading && (
        <Nothing isFiltered={searchOf(filters) !== ""} clear={() => setFilters(NO_FILTERS)} />
      )}
      {list.items && list.items.length > 0 && (
        <Rows records={list.items} selection={selection} onEdit={setEdited} />
      )}
      <MoreButton list={list} />
      <SelectionBar selection={selection} list={list} />
      {isExporting && <BulkExport filters={filters} onClose={() => setExporting(false)} />}
      {edited && (
        <LabelsDialog
          analysisId={edited}
          onClose={() => setEdited(null)}
          onSaved={(saved) =>
            list.change((items) => items.map((item) => (item.id === saved.id ? { ...item, ...saved } : item)))
          }
        />
      )}
    </Page>
  );
}

function useFilters(): [Filters, (filters: Filters) => void] {
  const search = useSearch();
  const [, navigate] = useLocation();
  const change = (filters: Filters) => {
    const written = searchOf(filters);
    navigate(written ? `/records?${written}` : "/records", { replace: true });
  };
  return [filtersOf(search), change];
}

function Nothing({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  if (isFiltered) {
    return (
      <Empty icon={SearchX} title={words.nothingFound}>
        <button type="button" class="button" onClick={clear}>
          {words.clearFilters}
        </button>
      </Empty>
    );
  }
  return (
    <Empty icon={FolderOpen} title={words.none}>
      <p>{words.noneDetail}</p>
      {may("analyses:write") && (
        <Link href="/" class="button primary">
          {words.scoreFirst}
        </Link>
      )}
    </Empty>
  );
}
