/** Ask for an account where the service lets anybody in. */
import { api, ask } from "../api/client";
import { strings } from "../strings";
import { Doorway } from "./Doorway";
import { MailForm } from "./MailForm";

const words = strings.session;

export function RegisterPage() {
  const send = (email: string, name: string) =>
    ask(api.POST("/api/v1/auth/registrations", { body: { email, name } }));
  return (
    <Doorway title={words.register} lead={words.registerLead}>
      <MailForm send={send} withName />
    </Doorway>
  );
}
