/** Where the mail that confirms an address leads; without its token, the page asks for that mail. */
import { Link } from "wouter-preact";
import { api, ask, wordsOf } from "../api/client";
import { Problem } from "../api/problem";
import { strings } from "../strings";
import { Loading } from "../ui/Loading";
import { useLoaded } from "../ui/useLoaded";
import { Doorway } from "./Doorway";
import { MailForm } from "./MailForm";
import { loadSession } from "./store";
import { useToken } from "./token";

const words = strings.session;
const send = (email: string) => ask(api.POST("/api/v1/auth/verification-requests", { body: { email } }));

export function VerifyAddressPage() {
  const token = useToken();
  return token ? (
    <Verify token={token} />
  ) : (
    <Doorway title={words.verifyAddress} lead={words.verifyLead}>
      <MailForm send={send} />
    </Doorway>
  );
}

function Verify({ token }: { token: string }) {
  const done = useLoaded(async () => {
    await ask(api.POST("/api/v1/auth/verifications", { body: { token } }));
    await loadSession();
    return true;
  }, [token]);
  if (done.error) return <Spent error={done.error} />;
  return (
    <Doorway title={words.verifyAddress}>
      {done.data ? <Verified /> : <Loading label={words.verifying} />}
    </Doorway>
  );
}

function Verified() {
  return (
    <>
      <p role="status">{words.verified}</p>
      <Link href="/" class="button primary wide">
        {words.goOn}
      </Link>
    </>
  );
}

function Spent({ error }: { error: unknown }) {
  const isSpent = error instanceof Problem && error.code === "token-invalid";
  return (
    <Doorway title={words.verifyAddress} lead={isSpent ? words.tokenSpent : wordsOf(error)}>
      <MailForm send={send} />
    </Doorway>
  );
}
