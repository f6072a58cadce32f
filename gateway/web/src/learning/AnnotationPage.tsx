import { Page } from "../ui/Page";

export default function AnnotationPage() {
  return <Page title="AnnotationPage">…</Page>;
}
