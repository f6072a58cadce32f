import { Page } from "../ui/Page";

export default function ContactsPage() {
  return <Page title="ContactsPage">…</Page>;
}
