import { Page } from "../ui/Page";

export default function ReviewsPage() {
  return <Page title="ReviewsPage">…</Page>;
}
