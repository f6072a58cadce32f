/**
 * "Judge before looking": whether one's own records hide their result until one's opinion is in. The choice is
 * kept on this device; what is assigned blind is hidden by the gateway, whatever is chosen here.
 */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { api, ask } from "../api/client";
import type { Analysis } from "../api/documents";
import { may, session } from "../session/store";

const KEY = "ki67-judge-first";

export const judgesFirst = signal(localStorage.getItem(KEY) === "yes");

/** Choose whether to judge first, and keep the choice. */
export function chooseJudging(first: boolean): void {
  judgesFirst.value = first;
  localStorage.setItem(KEY, first ? "yes" : "no");
}

/** Tell whether one's own opinion is in; undefined while it is asked for. Who may not give one need not. */
export function useHasJudged(analysis: Analysis): boolean | undefined {
  const [found, setFound] = useState<boolean>();
  const asks = judgesFirst.value && !analysis.blinded && may("reviews:write");
  useEffect(() => {
    if (!asks) return;
    let isGone = false;
    hasJudged(analysis.id).then(
      (answer) => isGone || setFound(answer),
      () => isGone || setFound(false),
    );
    return () => {
      isGone = true;
    };
  }, [asks, analysis.id]);
  return may("reviews:write") ? found : true;
}

async function hasJudged(id: string): Promise<boolean> {
  const params = { path: { analysis_id: id } };
  const { items } = await ask(api.GET("/api/v1/analyses/{analysis_id}/reviews", { params }));
  return items.some((review) => review.reviewer.id === session.value?.user.id);
}
