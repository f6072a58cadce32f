import { useEffect, useRef } from "preact/hooks";

/** Call what belongs to a key while nobody types or uses the keyboard otherwise. */
export function useKeys(actions: Record<string, () => void>): void {
  const newest = useRef(actions);
  newest.current = actions;
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const isTyping = target.matches("input, textarea, select") || document.querySelector("dialog[open]");
      if (isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
      newest.current[event.key.toLowerCase()]?.();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
}
