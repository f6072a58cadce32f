/** All chosen images with their states, and what became of them in one line. */
import { ImagePlus } from "lucide-preact";
import { useEffect, useRef } from "preact/hooks";
import { strings } from "../strings";
import { Empty } from "../ui/Empty";
import { tally } from "./queue";
import { RunBar } from "./RunBar";
import { clearSettled, shots } from "./runner";
import { ShotCard } from "./ShotCard";

const words = strings.capture;

export function ShotList() {
  const place = useRef<HTMLDivElement>(null);
  const isRunning = tally(shots.value).running > 0;
  useEffect(() => {
    if (!isRunning) return;
    const frame = requestAnimationFrame(() => place.current?.scrollIntoView({ block: "start" }));
    return () => cancelAnimationFrame(frame);
  }, [isRunning]);
  return (
    <div class="capture-work" ref={place}>
      {shots.value.length === 0 ? <None /> : <Some />}
    </div>
  );
}

function None() {
  return (
    <Empty icon={ImagePlus} title={words.none}>
      <p>{words.noneDetail}</p>
    </Empty>
  );
}

function Some() {
  return (
    <>
      <Head />
      <ul class="shots" aria-label={words.listLabel}>
        {shots.value.map((shot) => (
          <ShotCard key={shot.id} shot={shot} />
        ))}
      </ul>
      <RunBar />
    </>
  );
}

function Head() {
  const { running, done, failed } = tally(shots.value);
  return (
    <div class="spread shots-head">
      <div>
        <h2>{words.images(shots.value.length)}</h2>
        <p class="faint small" role="status">
          {words.summary(done, failed, running)}
        </p>
      </div>
      {done + failed > 0 && (
        <button type="button" class="button small" onClick={clearSettled}>
          {words.clear}
        </button>
      )}
    </div>
  );
}
