import { Doorway } from "./Doorway";

export function VerifyAddressPage() {
  return <Doorway title="VerifyAddressPage">…</Doorway>;
}
