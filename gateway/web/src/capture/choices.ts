/** What is chosen for the images to come: the scale for this session, the rest until the page is closed. */
import { computed, effect, signal } from "@preact/signals";
import { fieldsOf, isUsable, type Labels, parseScale, type Scale } from "./options";

const KEY = "ki67-scale";
const kept = parseScale(sessionStorage.getItem(KEY));

export const scale = signal<Scale>(kept ?? { kind: "unknown" });
export const isScaleChosen = signal(kept !== null);
export const labels = signal<Labels>({ caseLabel: "", tags: "", modelVersion: "" });

/** The form fields of what is chosen now. */
export const fields = computed(() => fieldsOf(scale.value, labels.value));
export const isScaleUsable = computed(() => isUsable(scale.value));

/** Choose the scale of this session. */
export function chooseScale(chosen: Scale): void {
  scale.value = chosen;
  isScaleChosen.value = true;
}

/** Change some of the labels. */
export function label(changed: Partial<Labels>): void {
  labels.value = { ...labels.value, ...changed };
}

effect(() => {
  if (isScaleChosen.value) sessionStorage.setItem(KEY, JSON.stringify(scale.value));
});
