/** What administrators look after, in parts that the address names. */
import type { ComponentType } from "preact";
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
  keys: KeysPart,
  settings: SettingsPart,
  audit: AuditPart,
  models: ModelsPart,
} satisfies Record<string, ComponentType>;

type PartName = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as PartName[];

export default function AdministrationPage() {
  const { part = "members" } = useParams<{ part?: string }>();
  if (!may("organisation:write") || !(part in PARTS)) return <NotFoundPage />;
  const Part = PARTS[part as PartName];
  return (
    <Page title={strings.pages.administration}>
      <nav class="parts" aria-label={strings.pages.administration}>
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
      <Part />
    </Page>
  );
}
