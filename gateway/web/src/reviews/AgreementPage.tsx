/** How well the model and the reviewers agree over a set of records. */
import { ChartScatter } from "lucide-preact";
import { useSearchParams } from "wouter-preact";
import { api, ask } from "../api/client";
import { count, decimal, percent, points } from "../format";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { TableScroll } from "../ui/TableScroll";
import { useLoaded } from "../ui/useLoaded";
import { AgreementFilter } from "./AgreementFilter";
import { queryOf } from "./agreementQuery";
import { DifferenceChart } from "./DifferenceChart";
import type { Agreement, PairAgreement } from "./documents";
import { ToInbox } from "./ReviewPage";
import "./reviews.css";

const words = strings.reviews;
const FEW = 10;

export default function AgreementPage() {
  const [search] = useSearchParams();
  const query = queryOf(search);
  const found = useLoaded(
    () => ask(api.GET("/api/v1/agreement", { params: { query } })) as Promise<Agreement>,
    [search.toString()],
  );
  return (
    <Page title={words.agreementTitle} lead={words.agreementLead} actions={<ToInbox />}>
      <AgreementFilter key={search.toString()} />
      {found.error !== null && <Failure error={found.error} again={found.reload} />}
      {!found.data && found.isLoading && <Loading />}
      {found.data && <Compared agreement={found.data} />}
    </Page>
  );
}

function Compared({ agreement }: { agreement: Agreement }) {
  if (agreement.pairs.length === 0) {
    return (
      <Empty icon={ChartScatter} title={words.noAgreementYet}>
        <p>{words.noAgreementHint}</p>
      </Empty>
    );
  }
  const names = new Map(agreement.raters.map(({ id, name }) => [id, id === "model" ? words.model : name]));
  const nameOf = (id: string) => names.get(id) ?? words.reviewer;
  return (
    <>
      <p>
        {words.records(agreement.records)}
        {agreement.records < FEW && <span class="faint"> · {words.few}</span>}
      </p>
      {agreement.truncated && <p class="hint-box">{words.truncated}</p>}
      <DifferenceChart pairs={agreement.pairs} nameOf={nameOf} />
      <Pairs pairs={agreement.pairs} nameOf={nameOf} />
    </>
  );
}

interface PairsProps {
  pairs: PairAgreement[];
  nameOf: (id: string) => string;
}

function Pairs({ pairs, nameOf }: PairsProps) {
  const titles = [words.indexRecords, words.meanDifference, words.limits];
  const categoryTitles = [words.categoryRecords, words.sameCategory, words.kappa, words.kappaLinear];
  return (
    <section class="card">
      <TableScroll label={words.pairs}>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.pair}</th>
              {[...titles, ...categoryTitles].map((title) => (
                <th key={title} scope="col" class="number">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {pairs.map((pair) => (
              <PairRow key={`${pair.first} ${pair.second}`} pair={pair} nameOf={nameOf} />
            ))}
          </tbody>
        </table>
      </TableScroll>
    </section>
  );
}

function PairRow({ pair, nameOf }: { pair: PairAgreement; nameOf: (id: string) => string }) {
  const { index, category } = pair;
  const figures = [
    count(index.n),
    index.mean_difference_percent === null ? words.notComparable : points(index.mean_difference_percent),
    limitsOf(index.limits_percent),
    count(category.n),
    percent(category.agreement_percent, 0),
    kappaOf(category.kappa),
    kappaOf(category.kappa_linear),
  ];
  return (
    <tr>
      <th scope="row">{words.pairName(nameOf(pair.first), nameOf(pair.second))}</th>
      {figures.map((figure, place) => (
        <td key={place} class="number">
          {figure}
        </td>
      ))}
    </tr>
  );
}

function limitsOf(limits: number[] | null): string {
  const [low, high] = limits ?? [];
  return low === undefined || high === undefined
    ? words.notComparable
    : words.interval(points(low), points(high));
}

function kappaOf(kappa: number | null): string {
  return kappa === null ? words.notComparable : decimal(kappa);
}
