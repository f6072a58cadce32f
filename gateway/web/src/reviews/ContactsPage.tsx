/** Contacts: the people one often asks. */
import { Pencil, Trash2, UserPlus, UsersRound } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { strings } from "../strings";
import { Confirm } from "../ui/Confirm";
import { Dialog } from "../ui/Dialog";
import { Empty } from "../ui/Empty";
import { Failure } from "../ui/Failure";
import { Field } from "../ui/Field";
import { MoreButton } from "../ui/MoreButton";
import { Page } from "../ui/Page";
import { say } from "../ui/toasts";
import { type Action, useAction } from "../ui/useAction";
import { usePaged } from "../ui/usePaged";
import type { Contact } from "./documents";
import { keepContact, listContacts, removeContact } from "./requests";
import "./reviews.css";

const words = strings.reviews;

export default function ContactsPage() {
  const [isAdding, setAdding] = useState(false);
  const list = usePaged(listContacts, []);
  const add = (
    <button type="button" class="button primary" onClick={() => setAdding(true)}>
      <UserPlus size={18} aria-hidden="true" />
      {words.addContact}
    </button>
  );
  return (
    <Page title={words.contactsTitle} lead={words.contactsLead} actions={add}>
      {list.items && <Contacts contacts={list.items} onChange={list.reload} />}
      <MoreButton list={list} />
      {isAdding && <AddDialog onDone={list.reload} onClose={() => setAdding(false)} />}
    </Page>
  );
}

function Contacts({ contacts, onChange }: { contacts: Contact[]; onChange: () => void }) {
  if (contacts.length === 0) {
    return (
      <Empty icon={UsersRound} title={words.noContactsTitle}>
        <p>{words.noContactsHint}</p>
      </Empty>
    );
  }
  return (
    <ul class="card contacts">
      {contacts.map((contact) => (
        <ContactRow key={contact.id} contact={contact} onChange={onChange} />
      ))}
    </ul>
  );
}

function ContactRow({ contact, onChange }: { contact: Contact; onChange: () => void }) {
  const [open, setOpen] = useState<"rename" | "remove" | null>(null);
  const remove = async () => {
    await removeContact(contact.id);
    say(words.contactRemoved);
    onChange();
  };
  return (
    <li class="contact">
      <div>
        <p>{contact.name}</p>
        <p class="faint small">{contact.email}</p>
      </div>
      <div class="contact-actions">
        <button
          type="button"
          class="icon-button"
          aria-label={words.renameOf(contact.name)}
          onClick={() => setOpen("rename")}
        >
          <Pencil size={20} aria-hidden="true" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={words.removeOf(contact.name)}
          onClick={() => setOpen("remove")}
        >
          <Trash2 size={20} aria-hidden="true" />
        </button>
      </div>
      {open === "rename" && (
        <RenameDialog contact={contact} onDone={onChange} onClose={() => setOpen(null)} />
      )}
      {open === "remove" && (
        <Confirm
          title={words.removeTitle}
          detail={words.removeDetail(contact.name)}
          action={strings.remove}
          run={remove}
          onClose={() => setOpen(null)}
        />
      )}
    </li>
  );
}

interface DialogProps {
  onDone: () => void;
  onClose: () => void;
}

function AddDialog({ onDone, onClose }: DialogProps) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const adding = useAction(async () => {
    await keepContact(email, name);
    say(words.contactAdded);
    onDone();
    onClose();
  });
  return (
    <ContactForm title={words.addContact} action={strings.add} work={adding} onClose={onClose}>
      <NameInput value={name} onInput={setName} />
      <Field label={strings.session.email}>
        {(joined) => (
          <input
            {...joined}
            type="email"
            autocomplete="off"
            required
            value={email}
            onInput={(event) => setEmail(event.currentTarget.value)}
          />
        )}
      </Field>
    </ContactForm>
  );
}

function RenameDialog({ contact, onDone, onClose }: DialogProps & { contact: Contact }) {
  const [name, setName] = useState(contact.name);
  const renaming = useAction(async () => {
    await keepContact(contact.email, name);
    say(words.renamed);
    onDone();
    onClose();
  });
  return (
    <ContactForm title={words.renameTitle} action={strings.save} work={renaming} onClose={onClose}>
      <p class="faint">{contact.email}</p>
      <NameInput value={name} onInput={setName} />
    </ContactForm>
  );
}

function NameInput({ value, onInput }: { value: string; onInput: (value: string) => void }) {
  return (
    <Field label={words.contactName}>
      {(joined) => (
        <input
          {...joined}
          required
          maxLength={200}
          autocomplete="off"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface ContactFormProps {
  title: string;
  action: string;
  work: Action<[]>;
  onClose: () => void;
  children: ComponentChildren;
}

function ContactForm({ title, action, work, onClose, children }: ContactFormProps) {
  const submit = (event: Event) => {
    event.preventDefault();
    work.run();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="stack" onSubmit={submit}>
        {children}
        {work.error !== null && <Failure error={work.error} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {strings.cancel}
          </button>
          <button type="submit" class="button primary" disabled={work.isBusy}>
            {action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
