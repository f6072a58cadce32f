import { Page } from "../ui/Page";

export default function LearningPage() {
  return <Page title="LearningPage">…</Page>;
}
