import { Doorway } from "./Doorway";

export function ChoosePasswordPage() {
  return <Doorway title="ChoosePasswordPage">…</Doorway>;
}
