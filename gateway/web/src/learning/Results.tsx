/** First attempts over time: two charts, and the attempts one by one, which say the same in words. */
import { ChartLine } from "lucide-preact";
import { Link } from "wouter-preact";
import { moment, percent, points } from "../format";
import { Thumbnail } from "../records/Thumbnail";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { TableScroll } from "../ui/TableScroll";
import { useLoaded } from "../ui/useLoaded";
import { ProgressCharts } from "./ProgressCharts";
import { loadProgress, type ProgressItem } from "./progress";

const words = strings.learning;

export function Results({ author }: { author: string }) {
  const { data, error, isLoading, reload } = useLoaded(() => loadProgress(author), [author]);
  if (error !== null) return <Failure error={error} again={reload} />;
  if (!data || isLoading) return <Loading />;
  if (data.items.length === 0) {
    return (
      <Empty icon={ChartLine} title={words.noResults}>
        <p>{author ? words.noResultsOfMember : words.noResultsDetail}</p>
      </Empty>
    );
  }
  return (
    <>
      <ProgressCharts items={data.items} />
      {data.truncated && <p class="hint">{words.truncated}</p>}
      <AttemptTable items={data.items.toReversed()} />
    </>
  );
}

function AttemptTable({ items }: { items: ProgressItem[] }) {
  return (
    <TableScroll label={words.attempts}>
      <table class="attempts">
        <caption class="visually-hidden">{words.attempts}</caption>
        <thead>
          <tr>
            <th scope="col">{words.attempt}</th>
            <th scope="col" class="number">
              {words.f1All}
            </th>
            <th scope="col" class="number">
              {words.f1Positive}
            </th>
            <th scope="col" class="number">
              {words.f1Negative}
            </th>
            <th scope="col" class="number">
              {words.indexDifference}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Attempt key={item.annotation_id} item={item} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Attempt({ item }: { item: ProgressItem }) {
  return (
    <tr>
      <td>
        <Link href={`/annotations/${item.annotation_id}`} class="record-cell">
          <Thumbnail analysisId={item.analysis_id} />
          <span>{moment(item.created_at)}</span>
        </Link>
      </td>
      <td class="number">{share(item.f1_detection)}</td>
      <td class="number">{share(item.f1_immunopositive)}</td>
      <td class="number">{share(item.f1_immunonegative)}</td>
      <td class="number">
        {item.index_difference_points === null ? "–" : words.points(points(item.index_difference_points))}
      </td>
    </tr>
  );
}

/** A share between 0 and 1, in percent. */
export function share(value: number | null): string {
  return percent(value === null ? null : value * 100, 0);
}
