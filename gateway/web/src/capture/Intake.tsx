/** The ways in: the camera first where there is a finger, files first on a desk. */
import { Camera, ImagePlus, type LucideIcon } from "lucide-preact";
import { strings } from "../strings";
import { ACCEPTED } from "./importing";
import { isTouch } from "./intake";

const words = strings.capture;

export function Intake({ onFiles }: { onFiles: (files: File[]) => void }) {
  return (
    <section class={isTouch ? "intake touch" : "intake"} aria-label={words.chooseImages}>
      {isTouch && <FileButton icon={Camera} name={words.takePhoto} main camera onFiles={onFiles} />}
      <FileButton icon={ImagePlus} name={words.chooseImages} main={!isTouch} onFiles={onFiles} />
      {!isTouch && <p class="faint">{words.dropHint}</p>}
      <p class="hint">{words.formats}</p>
    </section>
  );
}

interface FileButtonProps {
  icon: LucideIcon;
  name: string;
  main?: boolean;
  camera?: boolean;
  onFiles: (files: File[]) => void;
}

function FileButton({ icon: Icon, name, main = false, camera = false, onFiles }: FileButtonProps) {
  const how = camera
    ? ({ accept: "image/*", capture: "environment" } as const)
    : ({ accept: ACCEPTED, multiple: true } as const);
  return (
    <label class={main ? "button file-button strong" : "button file-button"}>
      <Icon size={20} aria-hidden="true" />
      {name}
      <input
        {...how}
        type="file"
        class="visually-hidden"
        onChange={({ currentTarget }) => {
          onFiles([...(currentTarget.files ?? [])]);
          currentTarget.value = "";
        }}
      />
    </label>
  );
}
