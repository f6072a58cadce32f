import { Page } from "../ui/Page";

export default function MarkingPage() {
  return <Page title="MarkingPage">…</Page>;
}
