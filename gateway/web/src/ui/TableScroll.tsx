/** A table that may be wider than the screen: it scrolls by itself, by keyboard too. */
import type { ComponentChildren } from "preact";

export function TableScroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard could not scroll
    <section class="table-scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
