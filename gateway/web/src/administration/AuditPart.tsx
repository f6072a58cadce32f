/** The audit log: who did what to which record, newest first; the same as JSON lines. */
import { Download, ScrollText } from "lucide-preact";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import type { components } from "../api/schema";
import { moment } from "../format";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Field } from "../ui/Field";
import { MoreButton } from "../ui/MoreButton";
import { TableScroll } from "../ui/TableScroll";
import { usePaged } from "../ui/usePaged";
import { ACTIONS, type AuditFilters, auditQuery, detailsText, NO_AUDIT_FILTERS } from "./audit";
import { useMemberNames } from "./useMemberNames";

const words = strings.administration;
type Event = components["schemas"]["AuditEventsOut.AuditEventOut"];

export function AuditPart() {
  const [filters, setFilters] = useState(NO_AUDIT_FILTERS);
  const query = auditQuery(filters);
  const list = usePaged(
    (cursor) => ask(api.GET("/api/v1/audit-events", { params: { query: { ...query, cursor, limit: 50 } } })),
    [JSON.stringify(query)],
  );
  const search = new URLSearchParams(query).toString();
  return (
    <section class="stack" aria-label={words.parts.audit}>
      <Filters filters={filters} onChange={setFilters} />
      <div class="spread">
        <p class="hint">{words.auditLead}</p>
        <a
          class="button"
          href={`/api/v1/audit-events.jsonl${search ? `?${search}` : ""}`}
          download="audit-events.jsonl"
        >
          <Download size={18} aria-hidden="true" />
          {words.jsonLines}
        </a>
      </div>
      {list.items?.length === 0 && <Empty icon={ScrollText} title={words.noEvents} />}
      {list.items && list.items.length > 0 && <EventTable events={list.items} />}
      <MoreButton list={list} />
    </section>
  );
}

function EventTable({ events }: { events: Event[] }) {
  return (
    <TableScroll label={words.parts.audit}>
      <table class="events">
        <thead>
          <tr>
            <th scope="col">{words.when}</th>
            <th scope="col">{words.who}</th>
            <th scope="col">{words.action}</th>
            <th scope="col">{words.object}</th>
            <th scope="col">{words.details}</th>
            <th scope="col">{words.address}</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <td class="moment">{moment(event.at)}</td>
              <td>
                {event.actor ? (event.actor.name ?? event.actor.id) : words.nobody}
                <span class="hint block">{words.kinds[event.actor_kind]}</span>
              </td>
              <td>
                <code>{event.action}</code>
              </td>
              <td>
                {event.object_type}
                {event.object_id && <code class="hint block">{event.object_id.slice(0, 8)}</code>}
              </td>
              <td class="details">{detailsText(event.details)}</td>
              <td class="faint">{event.address}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Filters({
  filters,
  onChange,
}: {
  filters: AuditFilters;
  onChange: (filters: AuditFilters) => void;
}) {
  const names = useMemberNames();
  const set = (change: Partial<AuditFilters>) => onChange({ ...filters, ...change });
  return (
    <search class="audit-filters">
      <Field label={words.who}>
        {(joined) => (
          <select
            {...joined}
            value={filters.actor}
            onChange={(event) => set({ actor: event.currentTarget.value })}
          >
            <option value="">{words.anybody}</option>
            {[...names].map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={words.action}>
        {(joined) => (
          <>
            <input
              {...joined}
              list="audit-actions"
              maxLength={50}
              placeholder={words.anyAction}
              value={filters.action}
              onChange={(event) => set({ action: event.currentTarget.value.trim() })}
            />
            <datalist id="audit-actions">
              {ACTIONS.map((action) => (
                <option key={action} value={action} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label={words.object}>
        {(joined) => (
          <input
            {...joined}
            maxLength={64}
            placeholder={words.objectHint}
            value={filters.object}
            onChange={(event) => set({ object: event.currentTarget.value.trim() })}
          />
        )}
      </Field>
      {(["from", "to"] as const).map((name) => (
        <Field key={name} label={words[name]}>
          {(joined) => (
            <input
              {...joined}
              type="date"
              value={filters[name]}
              onChange={(event) => set({ [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
    </search>
  );
}
