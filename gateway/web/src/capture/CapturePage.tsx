/** Choosing images, running them, and what became of each. */
import { ImageOff, ImagePlus } from "lucide-preact";
import { useRef } from "preact/hooks";
import { may } from "../session/store";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { Page } from "../ui/Page";
import { Further } from "./Further";
import { Intake } from "./Intake";
import { isTouch, useDropping, usePasting } from "./intake";
import { Refusals } from "./Refusals";
import { RunBar } from "./RunBar";
import { choose, shots } from "./runner";
import { ScalePicker } from "./ScalePicker";
import { ShotCard } from "./ShotCard";

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
        <Shots />
        {isDropping && (
          <p class="drop-sign" aria-hidden="true">
            {words.drop}
          </p>
        )}
      </div>
    </Page>
  );
}

function Shots() {
  if (shots.value.length === 0)
    return (
      <div class="capture-work">
        <Empty icon={ImagePlus} title={words.none}>
          <p>{words.noneDetail}</p>
        </Empty>
      </div>
    );
  return (
    <div class="capture-work">
      <ul class="shots" aria-label={words.listLabel}>
        {shots.value.map((shot) => (
          <ShotCard key={shot.id} shot={shot} />
        ))}
      </ul>
      <RunBar />
    </div>
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
