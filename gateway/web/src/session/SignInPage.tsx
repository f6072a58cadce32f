/** Sign in by password, or at the institution's OpenID provider where there is one; then the page that was asked for. */
import { LogIn } from "lucide-preact";
import { Link, useLocation } from "wouter-preact";
import { api, ask } from "../api/client";
import { strings } from "../strings";
import { useLoaded } from "../ui/useLoaded";
import { pageAfter, refusalOf } from "./afterwards";
import { Doorway } from "./Doorway";
import { SignInForm } from "./SignInForm";
import { hasEnded } from "./store";

const words = strings.session;

export function SignInPage() {
  const methods = useLoaded(() => ask(api.GET("/api/v1/auth/methods")), []);
  return (
    <Doorway title={words.signIn} lead={words.signInTo}>
      <Circumstances />
      <SignInForm />
      <Link href="/choose-password" class="quiet-link">
        {words.forgot}
      </Link>
      {methods.data?.oidc && <ProviderButton {...methods.data.oidc} />}
      {methods.data?.registration === "open" && <Registration />}
    </Doorway>
  );
}

/** Why one stands here: signed out while working, or refused at the provider. */
function Circumstances() {
  const refusal = refusalOf(location.search);
  if (refusal) {
    return (
      <p class="doorway-note problem" role="alert">
        {words.providerProblems[refusal] ?? words.providerFailed}
      </p>
    );
  }
  if (!hasEnded.value) return null;
  return (
    <p class="doorway-note" role="status">
      {words.ended}
    </p>
  );
}

function ProviderButton({ name, url }: { name: string; url: string }) {
  useLocation();
  const next = encodeURIComponent(pageAfter(location.pathname, location.search));
  return (
    <>
      <p class="divider">{words.or}</p>
      <a class="button wide" href={`${url}?next=${next}`}>
        <LogIn size={18} aria-hidden="true" />
        {words.signInWith(name)}
      </a>
    </>
  );
}

function Registration() {
  return (
    <p class="doorway-foot">
      {words.noAccount} <Link href="/register">{words.register}</Link>
    </p>
  );
}
