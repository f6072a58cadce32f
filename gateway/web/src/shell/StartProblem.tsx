/** Nobody could be asked who is signed in: say why, and ask again when the connection is back. */
import { useEffect } from "preact/hooks";
import type { Problem } from "../api/problem";
import { online } from "../connection";
import { loadSession } from "../session/store";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";

const PAUSE_MS = 5_000;

export function StartProblem({ problem }: { problem: Problem }) {
  const isOnline = online.value;
  useEffect(() => {
    if (!isOnline) return;
    const timer = setInterval(() => void loadSession(), PAUSE_MS);
    return () => clearInterval(timer);
  }, [isOnline]);
  return (
    <main class="doorway">
      <h1>{strings.product}</h1>
      {!isOnline && <p class="banner">{strings.offline.start}</p>}
      <Failure error={problem} again={() => void loadSession()} />
    </main>
  );
}
