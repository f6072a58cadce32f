import { Page } from "../ui/Page";

export default function AnalysisPage() {
  return <Page title="AnalysisPage">…</Page>;
}
