/** Whether the device says that it has a connection. */
import { signal } from "@preact/signals";

export const online = signal(navigator.onLine);

/** Follow the device's word from now on. */
export function followConnection(): void {
  for (const name of ["online", "offline"]) {
    window.addEventListener(name, () => {
      online.value = navigator.onLine;
    });
  }
}
