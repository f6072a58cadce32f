import { Page } from "../ui/Page";

export default function AgreementPage() {
  return <Page title="AgreementPage">…</Page>;
}
