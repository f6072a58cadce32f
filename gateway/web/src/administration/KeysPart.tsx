/** API keys of the whole organisation: made for oneself, revoked for anybody. */
import { KeyRound, Plus } from "lucide-preact";
import { useState } from "preact/hooks";
import { api, ask } from "../api/client";
import { day, moment } from "../format";
import { strings } from "../strings";
import { Confirm } from "../ui/Confirm";
import { Empty } from "../ui/Empty";
import { MoreButton } from "../ui/MoreButton";
import { usePaged } from "../ui/usePaged";
import { type ApiKey, stateOf } from "./keys";
import { NewKeyDialog } from "./NewKeyDialog";
import { useMemberNames } from "./useMemberNames";

const words = strings.administration;

export function KeysPart() {
  const list = usePaged(
    (cursor) => ask(api.GET("/api/v1/api-keys", { params: { query: { all: true, cursor, limit: 50 } } })),
    [],
  );
  const names = useMemberNames();
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const revoke = async (key: ApiKey) => {
    await ask(api.DELETE("/api/v1/api-keys/{key_id}", { params: { path: { key_id: key.id } } }));
    list.reload();
  };
  return (
    <section class="stack" aria-label={words.parts["api-keys"]}>
      <div class="spread">
        <p class="lead">{words.keysLead}</p>
        <button type="button" class="button primary" onClick={() => setMaking(true)}>
          <Plus size={18} aria-hidden="true" />
          {words.newKey}
        </button>
      </div>
      {list.items?.length === 0 && <Empty icon={KeyRound} title={words.noKeys} />}
      <ul class="entries">
        {list.items?.map((key) => (
          <Entry
            key={key.id}
            apiKey={key}
            owner={names.get(key.user_id) ?? words.formerMember}
            onRevoke={() => setRevoked(key)}
          />
        ))}
      </ul>
      <MoreButton list={list} />
      {isMaking && <NewKeyDialog onMade={list.reload} onClose={() => setMaking(false)} />}
      {revoked && (
        <Confirm
          title={words.revokeTitle(revoked.name)}
          detail={words.revokeDetail}
          action={words.revoke}
          run={() => revoke(revoked)}
          onClose={() => setRevoked(null)}
        />
      )}
    </section>
  );
}

function Entry({ apiKey, owner, onRevoke }: { apiKey: ApiKey; owner: string; onRevoke: () => void }) {
  const state = stateOf(apiKey, new Date());
  return (
    <li class={state === "live" ? "entry" : "entry past"}>
      <div class="entry-text">
        <strong>
          {apiKey.name} <code>{apiKey.prefix}…</code>
        </strong>
        <span class="hint">
          {owner} · {whenOf(apiKey, state)} · {usedOf(apiKey)}
        </span>
        <span class="scopes">
          {apiKey.scopes.map((scope) => (
            <code key={scope}>{scope}</code>
          ))}
        </span>
      </div>
      {state === "live" ? (
        <button type="button" class="button" aria-label={words.revokeOf(apiKey.name)} onClick={onRevoke}>
          {words.revoke}
        </button>
      ) : (
        <span class="badge plain">{words.keyStates[state]}</span>
      )}
    </li>
  );
}

function whenOf(key: ApiKey, state: ReturnType<typeof stateOf>): string {
  if (state === "revoked" && key.revoked_at) return words.revokedOn(day(key.revoked_at));
  return key.expires_at ? words.expiresOn(day(key.expires_at)) : words.neverExpires;
}

function usedOf(key: ApiKey): string {
  return key.last_used_at ? words.lastUsed(moment(key.last_used_at)) : words.neverUsed;
}
