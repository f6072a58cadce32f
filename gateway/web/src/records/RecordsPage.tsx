import { Page } from "../ui/Page";

export default function RecordsPage() {
  return <Page title="RecordsPage">…</Page>;
}
