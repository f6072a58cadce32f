/** How often somebody was asked since the page was opened: lists of requests look again. */
import { signal } from "@preact/signals";

export const askedTimes = signal(0);
