/** A field that one pans and zooms, with layers and marks over it, by pointer, by touch and by keyboard. */
import { Expand, Home, Minus, Plus, Shrink } from "lucide-preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { strings } from "../strings";
import { Failure } from "../ui/Failure";
import { Loading } from "../ui/Loading";
import type { Mark } from "./marks";
import { openScene, type Scene, type Tap } from "./scene";
import "./viewer.css";

const { viewer: words } = strings;

export interface FieldViewerProps {
  analysisId: string;
  widthPx: number;
  heightPx: number;
  label: string;
  /** Opacities from 0 to 1; a layer that is never seen is never loaded. */
  layers?: { image?: number; mask?: number; heatmap?: number };
  marks?: Mark[];
  marksOpacity?: number;
  /** Of the outlines alone; as the marks where it is left out. */
  outlinesOpacity?: number;
  selected?: number | null;
  onTap?: (tap: Tap) => void;
  tools?: ComponentChildren;
}

/** Another field is another viewer: nothing of the last one is told to the next. */
export function FieldViewer(props: FieldViewerProps) {
  return <OneField key={`${props.analysisId} ${props.widthPx} ${props.heightPx}`} {...props} />;
}

function OneField(props: FieldViewerProps) {
  const place = useRef<HTMLDivElement>(null);
  const [isFilling, setFilling] = useFilling();
  const [tries, setTries] = useState(0);
  const { scene, state } = useScene(place, props, tries);
  useShown(scene, props);
  return (
    <div class={isFilling ? "field-viewer filling" : "field-viewer"}>
      <div class="field-place" ref={place} key={tries} data-state={state} />
      {state === "loading" && <Loading label={words.loading} />}
      {state === "failed" && (
        <Failure error={new Error(words.failed)} again={() => setTries((before) => before + 1)} />
      )}
      <div class="field-tools" role="toolbar" aria-label={words.tools}>
        <ViewButtons scene={scene} isFilling={isFilling} fill={setFilling} />
        {props.tools}
      </div>
    </div>
  );
}

interface ViewButtonsProps {
  scene: Scene | null;
  isFilling: boolean;
  fill: (filling: boolean) => void;
}

function ViewButtons({ scene, isFilling, fill }: ViewButtonsProps) {
  const FillIcon = isFilling ? Shrink : Expand;
  const buttons = [
    { name: words.zoomIn, icon: Plus, press: () => scene?.zoom(1) },
    { name: words.zoomOut, icon: Minus, press: () => scene?.zoom(-1) },
    { name: words.home, icon: Home, press: () => scene?.home() },
    { name: isFilling ? words.shrink : words.fill, icon: FillIcon, press: () => fill(!isFilling) },
  ];
  return (
    <>
      {buttons.map(({ name, icon: Icon, press }) => (
        <button type="button" class="icon-button" key={name} aria-label={name} title={name} onClick={press}>
          <Icon size={20} aria-hidden="true" />
        </button>
      ))}
    </>
  );
}

type State = "loading" | "shown" | "failed";

function useScene(place: { current: HTMLDivElement | null }, props: FieldViewerProps, tries: number) {
  const [scene, setScene] = useState<Scene | null>(null);
  const [state, setState] = useState<State>("loading");
  const onTap = useRef(props.onTap);
  onTap.current = props.onTap;
  const { analysisId, widthPx, heightPx } = props;
  useEffect(() => {
    let opened: Scene | null = null;
    let isGone = false;
    setState("loading");
    const listeners = {
      onTap: (tap: Tap) => onTap.current?.(tap),
      onShown: () => setState("shown"),
      onFailed: () => setState("failed"),
    };
    openScene(place.current as HTMLElement, { analysisId, widthPx, heightPx }, listeners).then((found) => {
      opened = found;
      if (isGone) found.close();
      else setScene(found);
    }, listeners.onFailed);
    return () => {
      isGone = true;
      opened?.close();
      setScene(null);
    };
  }, [analysisId, widthPx, heightPx, tries]);
  return { scene, state };
}

const NO_MARKS: Mark[] = [];

/** Tell the scene what is to be seen, each thing when it changes. */
function useShown(scene: Scene | null, props: FieldViewerProps): void {
  const { label, layers = {}, marks = NO_MARKS, marksOpacity = 1, selected = null } = props;
  const { outlinesOpacity = marksOpacity } = props;
  const { image = 1, mask = 0, heatmap = 0 } = layers;
  useEffect(() => scene?.describe(label, words.hint), [scene, label]);
  useEffect(() => scene?.setLayer("image", image), [scene, image]);
  useEffect(() => scene?.setLayer("heatmap", heatmap), [scene, heatmap]);
  useEffect(() => scene?.setLayer("mask", mask), [scene, mask]);
  useEffect(() => scene?.setMarks(marks), [scene, marks]);
  useEffect(() => scene?.setStrength(marksOpacity, outlinesOpacity), [scene, marksOpacity, outlinesOpacity]);
  useEffect(() => scene?.setSelected(selected), [scene, selected]);
}

/** Fill the window, and the screen where the browser can; Escape goes back. */
function useFilling(): [boolean, (filling: boolean) => void] {
  const [isFilling, setFilling] = useState(false);
  useEffect(() => {
    if (!isFilling) return;
    const leave = (event: KeyboardEvent) => event.key === "Escape" && setFilling(false);
    const followScreen = () => document.fullscreenElement || setFilling(false);
    window.addEventListener("keydown", leave);
    document.addEventListener("fullscreenchange", followScreen);
    document.documentElement.requestFullscreen?.().catch(() => {});
    return () => {
      window.removeEventListener("keydown", leave);
      document.removeEventListener("fullscreenchange", followScreen);
      if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    };
  }, [isFilling]);
  return [isFilling, setFilling];
}
