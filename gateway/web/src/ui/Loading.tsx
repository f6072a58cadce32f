import { strings } from "../strings";

/** Something is on its way; `whole` fills the screen. */
export function Loading({ whole = false, label = strings.loading }: { whole?: boolean; label?: string }) {
  return (
    <div class={whole ? "loading whole" : "loading"} role="status">
      <span class="spinner" aria-hidden="true" />
      <span>{label}</span>
    </div>
  );
}
