/**
 * Registers the service worker once the page has come to rest; says when a newer client waits, and changes to it when
 * asked, not while images are under way. A page whose files are gone from the service is told so too.
 */
import { useEffect, useState } from "preact/hooks";
import { progress } from "../capture/progress";
import { strings } from "../strings";

type Update = () => Promise<void> | void;

export function UpdateNotice() {
  const [update, setUpdate] = useState<Update | null>(null);
  useEffect(() => follow((change) => setUpdate(() => change)), []);
  if (!update || progress.value) return null;
  return (
    <div class="notice" role="status">
      <span>{strings.update.ready}</span>
      <button type="button" class="button small" onClick={() => void update()}>
        {strings.update.reload}
      </button>
    </div>
  );
}

function follow(offer: (update: Update) => void): () => void {
  const outdated = () => offer(() => location.reload());
  window.addEventListener("vite:preloadError", outdated);
  whenLoaded(() => void register(offer));
  return () => window.removeEventListener("vite:preloadError", outdated);
}

/** The program comes first, its copy for later afterwards. */
function whenLoaded(act: () => void): void {
  const atRest = () => setTimeout(act, 1_000);
  if (document.readyState === "complete") atRest();
  else window.addEventListener("load", atRest, { once: true });
}

async function register(offer: (update: Update) => void): Promise<void> {
  const { registerSW } = await import("virtual:pwa-register");
  const change = registerSW({ onNeedRefresh: () => offer(() => change(true)) });
}
