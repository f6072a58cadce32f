/** The inbox: what others ask of me, and what I ask of others. The address says which, so that "back" leads back. */
import { ChartScatter, Inbox, Send, UsersRound } from "lucide-preact";
import { Link, useSearchParams } from "wouter-preact";
import { may } from "../session/store";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { MoreButton } from "../ui/MoreButton";
import { Page } from "../ui/Page";
import { usePaged } from "../ui/usePaged";
import { RequestCard } from "./RequestCard";
import { listAssignments } from "./requests";
import { FILTERS, type Filter } from "./states";
import "./reviews.css";

const words = strings.reviews;
const SIDES = ["assignee", "assigner"] as const;
type Side = (typeof SIDES)[number];
const SIDE_NAMES: Record<Side, string> = { assignee: words.inbox, assigner: words.asked };

export default function ReviewsPage() {
  const [query, setQuery] = useSearchParams();
  const side: Side = query.get("list") === "assigner" ? "assigner" : "assignee";
  const filter = FILTERS.find((each) => each === query.get("show")) ?? "open";
  const choose = (list: Side, show: Filter) => setQuery({ list, show }, { replace: true });
  return (
    <Page title={words.title} lead={words.lead} actions={<Elsewhere />}>
      <div class="spread">
        <fieldset class="segments" aria-label={words.lists}>
          {SIDES.map((each) => (
            <button
              key={each}
              type="button"
              aria-pressed={side === each}
              onClick={() => choose(each, filter)}
            >
              {SIDE_NAMES[each]}
            </button>
          ))}
        </fieldset>
        <label class="request-filter">
          <span>{words.filter}</span>
          <select value={filter} onChange={(event) => choose(side, event.currentTarget.value as Filter)}>
            {FILTERS.map((each) => (
              <option key={each} value={each}>
                {words.filters[each]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Requests key={`${side} ${filter}`} side={side} filter={filter} />
    </Page>
  );
}

function Elsewhere() {
  return (
    <>
      <Link href="/contacts" class="button">
        <UsersRound size={18} aria-hidden="true" />
        {words.contacts}
      </Link>
      {may("reviews:read") && (
        <Link href="/agreement" class="button">
          <ChartScatter size={18} aria-hidden="true" />
          {words.agreement}
        </Link>
      )}
    </>
  );
}

function Requests({ side, filter }: { side: Side; filter: Filter }) {
  const list = usePaged((cursor) => listAssignments(side, filter, cursor), [side, filter]);
  if (list.items?.length === 0) return <Nothing side={side} filter={filter} />;
  return (
    <>
      {list.items && (
        <ul class="requests" aria-busy={list.isLoading}>
          {list.items.map((assignment) => (
            <RequestCard
              key={assignment.id}
              assignment={assignment}
              isMine={side === "assignee"}
              onChange={list.reload}
            />
          ))}
        </ul>
      )}
      <MoreButton list={list} />
    </>
  );
}

function Nothing({ side, filter }: { side: Side; filter: Filter }) {
  const isFiltered = filter === "done" || filter === "declined";
  const [title, hint] =
    side === "assignee" ? [words.emptyInbox, words.emptyInboxHint] : [words.emptyAsked, words.emptyAskedHint];
  return (
    <Empty icon={side === "assignee" ? Inbox : Send} title={isFiltered ? words.emptyFilter : title}>
      {!isFiltered && <p>{hint}</p>}
    </Empty>
  );
}
