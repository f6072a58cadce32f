import { Page } from "../ui/Page";

export default function CapturePage() {
  return <Page title="CapturePage">…</Page>;
}
