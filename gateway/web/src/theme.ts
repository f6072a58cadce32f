/** Dark unless the person asked for light; kept on this device. */
import { signal } from "@preact/signals";

export type Theme = "dark" | "light";
const KEY = "ki67-theme";

export const theme = signal<Theme>(localStorage.getItem(KEY) === "light" ? "light" : "dark");

/** Show the page in the chosen theme. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = theme.value;
}

/** Choose a theme, and keep the choice. */
export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  localStorage.setItem(KEY, chosen);
  applyTheme();
}
