/** Ways for files to come in beside the buttons: dropped on the page, pasted into it. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

type Take = (files: File[]) => void;

/** A finger, so most likely a device with a camera. */
export const isTouch = matchMedia("(pointer: coarse)").matches;

const bringsFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** Take files dropped anywhere on the page (elsewhere the browser would open them); tell whether one hovers. */
export function useDropping(place: RefObject<HTMLElement>, take: Take): boolean {
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      setOver(false);
      take([...(event.dataTransfer?.files ?? [])]);
    };
    return listen({ dragover: over, dragleave: leave, drop });
  }, [place, take]);
  return isOver;
}

/** Take images pasted while the page is open. */
export function usePasting(take: Take): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      take(files);
    };
    return listen({ paste });
  }, [take]);
}

type Listeners = { [Name in keyof WindowEventMap]?: (event: WindowEventMap[Name]) => void };

function listen(listeners: Listeners): () => void {
  const pairs = Object.entries(listeners) as [string, EventListener][];
  for (const [name, listener] of pairs) window.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of pairs) window.removeEventListener(name, listener);
  };
}
