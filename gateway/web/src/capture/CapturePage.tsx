/** Choosing images, running them, and what became of each. */
import { ImageOff } from "lucide-preact";
import { useRef } from "preact/hooks";
import { may } from "../session/store";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";
import { Further } from "./Further";
import { Intake } from "./Intake";
import { isTouch, useDropping, usePasting } from "./intake";
import { Refusals } from "./Refusals";
import { choose } from "./runner";
import { ScalePicker } from "./ScalePicker";
import { ShotList } from "./ShotList";

const words = strings.capture;

export default function CapturePage() {
  if (!may("analyses:write")) return <NotAllowed />;
  return <Capture />;
}

function Capture() {
  const place = useRef<HTMLDivElement>(null);
  const isDropping = useDropping(place, choose);
  usePasting(choose);
  return (
    <Page title={words.title} lead={isTouch ? words.leadTouch : words.leadDesk}>
      <div class={isDropping ? "capture dropping" : "capture"} ref={place}>
        <div class="capture-choices">
          <Intake onFiles={choose} />
          <Refusals />
          <section class="card capture-options" aria-label={words.scale.title}>
            <ScalePicker />
            <Further />
          </section>
        </div>
        <ShotList />
        {isDropping && (
          <p class="drop-sign" aria-hidden="true">
            {words.drop}
          </p>
        )}
      </div>
    </Page>
  );
}

function NotAllowed() {
  return (
    <Page title={words.title}>
      <Empty icon={ImageOff} title={words.notAllowed}>
        <p>{words.notAllowedDetail}</p>
      </Empty>
    </Page>
  );
}
