/** Asks before something is done that cannot be undone. */
import { useState } from "preact/hooks";
import { strings } from "../strings";
import { Dialog } from "./Dialog";
import { Failure } from "./Failure";

interface ConfirmProps {
  title: string;
  detail: string;
  action: string;
  isDangerous?: boolean;
  run: () => Promise<void>;
  onClose: () => void;
}

export function Confirm({ title, detail, action, isDangerous = true, run, onClose }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const confirm = async () => {
    setBusy(true);
    setError(null);
    try {
      await run();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{detail}</p>
      {error !== null && <Failure error={error} />}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          {strings.cancel}
        </button>
        <button
          type="button"
          class={isDangerous ? "button danger" : "button primary"}
          disabled={busy}
          onClick={() => void confirm()}
        >
          {action}
        </button>
      </div>
    </Dialog>
  );
}
