/** Short names for the documents of the interface. */
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Analysis = Schemas["AnalysisOut"];
export type Session = Schemas["SessionOut"];
