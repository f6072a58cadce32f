/** What administrators look after, in parts that the address names. */
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link, useParams } from "wouter-preact";
import { may } from "../session/store";
import { NotFoundPage } from "../shell/NotFoundPage";
import { strings } from "../strings";
import { Page } from "../ui/Page";
import { AuditPart } from "./AuditPart";
import { InvitationsPart } from "./InvitationsPart";
import { KeysPart } from "./KeysPart";
import { MembersPart } from "./MembersPart";
import { ModelsPart } from "./ModelsPart";
import { SettingsPart } from "./SettingsPart";
import "./administration.css";

const words = strings.administration;

const PARTS = {
  members: MembersPart,
  invitations: InvitationsPart,
  "api-keys": KeysPart,
  settings: SettingsPart,
  audit: AuditPart,
  versions: ModelsPart,
} satisfies Record<string, ComponentType>;

type PartName = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as PartName[];

export default function AdministrationPage() {
  const { part = "members" } = useParams<{ part?: string }>();
  if (!may("organisation:write") || !(part in PARTS)) return <NotFoundPage />;
  const Part = PARTS[part as PartName];
  return (
    <Page title={strings.pages.administration}>
      <PartLinks part={part as PartName} />
      <Part />
    </Page>
  );
}

/** The parts beside each other; on a phone the row scrolls to where one is. */
function PartLinks({ part }: { part: PartName }) {
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    row.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [part]);
  return (
    <nav class="parts" ref={row} aria-label={words.partsLabel}>
      {NAMES.map((name) => (
        <Link
          key={name}
          href={`/administration/${name}`}
          class="part"
          aria-current={name === part ? "page" : undefined}
        >
          {words.parts[name]}
        </Link>
      ))}
    </nav>
  );
}
