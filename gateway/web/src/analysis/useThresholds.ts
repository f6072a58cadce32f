/** Thresholds that are tried: the sliders' places, and the score that they would give. */
import { useEffect, useState } from "preact/hooks";
import type { Analysis } from "../api/documents";
import { complain } from "../ui/toasts";
import { rescore, type Scored, type Thresholds } from "./record";

const PAUSE_MS = 200;

export interface Trying {
  chosen: Thresholds;
  choose: (thresholds: Thresholds) => void;
  /** The record as it would be; null while the sliders stand where they are kept. */
  tried: Analysis | null;
  isBusy: boolean;
  isChanged: boolean;
  back: () => void;
  keep: () => Promise<void>;
}

/** `kept` is called with the record once new thresholds are its own. */
export function useThresholds(analysis: Scored, kept: () => void): Trying {
  const own = thresholdsOf(analysis);
  const [chosen, choose] = useState(own);
  const [tried, setTried] = useState<Analysis | null>(null);
  const [isBusy, setBusy] = useState(false);
  const isChanged = chosen.probability !== own.probability || chosen.min_area_um2 !== own.min_area_um2;
  const back = () => choose(own);
  useEffect(back, [analysis.id, analysis.revision]);
  useEffect(() => {
    const stop = new AbortController();
    if (!isChanged) setTried(null);
    const timer = isChanged && setTimeout(() => void attempt(stop.signal), PAUSE_MS);
    setBusy(isChanged);
    return () => {
      clearTimeout(timer || undefined);
      stop.abort();
    };
  }, [chosen.probability, chosen.min_area_um2, isChanged]);
  const attempt = async (signal: AbortSignal) => {
    try {
      const found = await rescore(analysis.id, chosen, false, signal);
      if (!signal.aborted) setTried(() => found);
    } catch (error) {
      if (!signal.aborted) complain(error);
    }
    if (!signal.aborted) setBusy(false);
  };
  const keep = async () => {
    setBusy(true);
    try {
      await rescore(analysis.id, chosen, true);
      kept();
    } catch (error) {
      complain(error);
    }
    setBusy(false);
  };
  return { chosen, choose, tried, isBusy, isChanged, back, keep };
}

function thresholdsOf({ thresholds }: Scored): Thresholds {
  return { probability: thresholds.probability, min_area_um2: thresholds.min_area_um2 };
}
