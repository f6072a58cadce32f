/** Short messages at the edge of the screen: what was done, or that it failed. */
import { signal } from "@preact/signals";
import { wordsOf } from "../api/client";

interface Toast {
  id: number;
  text: string;
  isError: boolean;
}

const SHOWN_MS = 6_000;
const shown = signal<Toast[]>([]);
let last = 0;

/** Say what was done. */
export function say(text: string): void {
  show(text, false);
}

/** Say what failed. */
export function complain(error: unknown): void {
  show(wordsOf(error), true);
}

function show(text: string, isError: boolean): void {
  const id = ++last;
  shown.value = [...shown.value.slice(-2), { id, text, isError }];
  setTimeout(() => {
    shown.value = shown.value.filter((toast) => toast.id !== id);
  }, SHOWN_MS);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map((toast) => (
        <p key={toast.id} class={toast.isError ? "toast error" : "toast"}>
          {toast.text}
        </p>
      ))}
    </div>
  );
}
