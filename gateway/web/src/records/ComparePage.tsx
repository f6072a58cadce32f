/** Two records side by side: fields and figures, with what differs. */
import { ArrowLeftRight, FolderOpen } from "lucide-preact";
import { Link, useLocation, useSearch } from "wouter-preact";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { ComparedField } from "./ComparedField";
import { comparisonRows, intervalsOverlap, type Row } from "./compare";
import { type Result, useComparison } from "./useComparison";
import "./records.css";
import { TableScroll } from "../ui/TableScroll";

const words = strings.records;

export default function ComparePage() {
  const given = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const [a, b] = [given.get("a"), given.get("b")];
  if (!a || !b) return <Unchosen />;
  const swap = (
    <button
      type="button"
      class="button"
      onClick={() => navigate(`/compare?a=${b}&b=${a}`, { replace: true })}
    >
      <ArrowLeftRight size={18} aria-hidden="true" />
      {words.swap}
    </button>
  );
  return (
    <Page title={words.compareTitle} actions={swap} wide>
      <Comparison a={a} b={b} />
    </Page>
  );
}

function Unchosen() {
  return (
    <Page title={words.compareTitle}>
      <Empty icon={FolderOpen} title={words.compareNone}>
        <Link href="/records" class="button">
          {strings.pages.records}
        </Link>
      </Empty>
    </Page>
  );
}

function Comparison({ a, b }: { a: string; b: string }) {
  const { data, error, isLoading, reload } = useComparison(a, b);
  if (error !== null) return <Failure error={error} again={reload} />;
  const isCurrent = data?.[0].record.id === a && data[1].record.id === b;
  if (!data || !isCurrent || isLoading) return <Loading />;
  return (
    <>
      <div class="compared">
        <ComparedField key={`first ${a}`} compared={data[0]} place={words.first} />
        <ComparedField key={`second ${b}`} compared={data[1]} place={words.second} />
      </div>
      <Verdict first={data[0].record} second={data[1].record} />
      <FiguresTable rows={comparisonRows(data[0].record, data[1].record)} />
    </>
  );
}

function Verdict({ first, second }: { first: Result; second: Result }) {
  const overlap = intervalsOverlap(first, second);
  if (overlap === null) return null;
  return <p>{overlap ? words.overlap : words.noOverlap}</p>;
}

function FiguresTable({ rows }: { rows: Row[] }) {
  return (
    <TableScroll label={words.compareTitle}>
      <table class="comparison">
        <thead>
          <tr>
            <th scope="col">{words.figure}</th>
            <th scope="col" class="number">
              {words.first}
            </th>
            <th scope="col" class="number">
              {words.second}
            </th>
            <th scope="col" class="number">
              {words.difference}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              <td class="number">{row.first}</td>
              <td class="number">{row.second}</td>
              <td class="number">{row.difference}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
