/** What surrounds every page: navigation at the side or at the bottom, and the line that says "offline". */
import {
  BookOpenCheck,
  Camera,
  FolderOpen,
  Inbox,
  type LucideIcon,
  Menu,
  Settings2,
  UserRound,
  UsersRound,
} from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link, useLocation } from "wouter-preact";
import { online } from "../connection";
import { may, session } from "../session/store";
import { strings } from "../strings";
import { QueueChip } from "./QueueChip";

interface Place {
  path: string;
  name: string;
  icon: LucideIcon;
  scope?: string;
}

const MAIN: Place[] = [
  { path: "/", name: strings.pages.score, icon: Camera, scope: "analyses:write" },
  { path: "/records", name: strings.pages.records, icon: FolderOpen, scope: "analyses:read" },
  { path: "/reviews", name: strings.pages.reviews, icon: Inbox, scope: "assignments:read" },
  { path: "/learn", name: strings.pages.learn, icon: BookOpenCheck, scope: "learning:read" },
];
const FURTHER: Place[] = [
  { path: "/contacts", name: strings.pages.contacts, icon: UsersRound, scope: "account:read" },
  {
    path: "/administration",
    name: strings.pages.administration,
    icon: Settings2,
    scope: "organisation:write",
  },
  { path: "/account", name: strings.pages.account, icon: UserRound },
];

export function Frame({ children }: { children: ComponentChildren }) {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  useEffect(() => main.current?.scrollTo(0, 0), [path]);
  return (
    <div class="frame">
      <a class="skip" href="#content">
        {strings.skipToContent}
      </a>
      <nav class="navigation" aria-label={strings.product}>
        <p class="brand">
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span>{strings.product}</span>
        </p>
        <Places places={MAIN} path={path} />
        <Further path={path} />
        <QueueChip path={path} />
        <p class="whereabouts">{session.value?.organisation?.name ?? strings.session.noOrganisation}</p>
      </nav>
      <main class="content" id="content" ref={main} tabIndex={-1}>
        {!online.value && (
          <p class="banner" role="status">
            {strings.offline.banner}
          </p>
        )}
        {children}
      </main>
    </div>
  );
}

function Places({ places, path }: { places: Place[]; path: string }) {
  return (
    <ul class="places">
      {places
        .filter((place) => !place.scope || may(place.scope))
        .map((place) => (
          <li key={place.path}>
            <PlaceLink place={place} path={path} />
          </li>
        ))}
    </ul>
  );
}

function PlaceLink({ place, path }: { place: Place; path: string }) {
  const isHere = place.path === "/" ? path === "/" : path.startsWith(place.path);
  const Icon = place.icon;
  return (
    <Link href={place.path} class="place" aria-current={isHere ? "page" : undefined}>
      <Icon size={22} aria-hidden="true" />
      <span>{place.name}</span>
    </Link>
  );
}

/** On a wide screen three more places; on a phone they open from "More". */
function Further({ path }: { path: string }) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (menu.current) menu.current.open = false;
  }, [path]);
  return (
    <>
      <div class="further-wide">
        <Places places={FURTHER} path={path} />
      </div>
      <details class="further-narrow" ref={menu}>
        <summary class="place">
          <Menu size={22} aria-hidden="true" />
          <span>{strings.more}</span>
        </summary>
        <Places places={FURTHER} path={path} />
      </details>
    </>
  );
}
