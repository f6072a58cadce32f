import type { LucideIcon } from "lucide-preact";
import type { ComponentChildren } from "preact";

/** There is nothing to show yet: say what would be here and how it gets here. */
export function Empty({
  icon: Icon,
  title,
  children,
}: {
  icon: LucideIcon;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon size={40} aria-hidden="true" />
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
