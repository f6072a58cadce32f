import { Link } from "wouter-preact";
import { strings } from "../strings";
import { Page } from "../ui/Page";

export function NotFoundPage() {
  return (
    <Page title={strings.pages.notFound}>
      <p>{strings.notFound.detail}</p>
      <Link href="/" class="button">
        {strings.notFound.home}
      </Link>
    </Page>
  );
}
