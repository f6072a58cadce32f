/** The plain page before one is in: sign-in, and where the links of mails lead. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { strings } from "../strings";

export function Doorway(props: { title: string; lead?: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${props.title} · ${strings.product}`;
  }, [props.title]);
  return (
    <main class="doorway">
      <div class="doorway-card">
        <p class="brand">
          <img src="/icon.svg" alt="" width="36" height="36" />
          <span>{strings.product}</span>
        </p>
        <h1>{props.title}</h1>
        {props.lead && <p class="lead">{props.lead}</p>}
        {props.children}
      </div>
      <p class="faint small">{strings.purpose}</p>
    </main>
  );
}
