import { Doorway } from "./Doorway";

export function AcceptInvitationPage() {
  return <Doorway title="AcceptInvitationPage">…</Doorway>;
}
