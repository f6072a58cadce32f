/** Work that goes on while other pages are open, and the way back to it. */
import { Link } from "wouter-preact";
import { progress } from "../capture/progress";
import { strings } from "../strings";

const words = strings.capture;

export function QueueChip({ path }: { path: string }) {
  const now = progress.value;
  if (!now || path === "/") return null;
  const text = words.running(now.settled, now.total);
  return (
    <Link href="/" class="queue-chip" aria-label={words.runningLink(now.settled, now.total)}>
      <span class="number">{now.held > 0 ? words.waitingToGoOn : text}</span>
      <progress max={now.total} value={now.settled} aria-label={text} />
    </Link>
  );
}
