/** Registers the service worker; says when a newer client waits, and changes to it when asked. */

import { registerSW } from "virtual:pwa-register";
import { useEffect, useState } from "preact/hooks";
import { strings } from "../strings";

export function UpdateNotice() {
  const [isWaiting, setWaiting] = useState(false);
  const [update, setUpdate] = useState<(() => Promise<void>) | null>(null);
  useEffect(() => {
    const change = registerSW({ onNeedRefresh: () => setWaiting(true) });
    setUpdate(() => () => change(true));
  }, []);
  if (!isWaiting || !update) return null;
  return (
    <div class="notice" role="status">
      <span>{strings.update.ready}</span>
      <button type="button" class="button small" onClick={() => void update()}>
        {strings.update.reload}
      </button>
    </div>
  );
}
