import { Page } from "../ui/Page";

export default function AdministrationPage() {
  return <Page title="AdministrationPage">…</Page>;
}
