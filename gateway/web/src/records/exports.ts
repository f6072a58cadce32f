/** Which files a record can be had as, and where they are. */
import { strings } from "../strings";
import { downloadQuery, type Filters } from "./filters";

export type LayerName = "model" | "corrected";

interface FileKind {
  key: keyof typeof strings.records.files;
  path: string;
  /** The heat map is the network's: there is no corrected one. */
  hasLayers: boolean;
}

export const FILES: FileKind[] = [
  { key: "geojson", path: "nuclei.geojson", hasLayers: true },
  { key: "csv", path: "nuclei.csv", hasLayers: true },
  { key: "rois", path: "rois.zip", hasLayers: true },
  { key: "labels", path: "labels.ome.tiff", hasLayers: true },
  { key: "overlay", path: "overlay.png", hasLayers: true },
  { key: "heatmap", path: "heatmap.png", hasLayers: false },
];

/** What a ZIP of many records may hold of each. */
export const PARTS = ["csv", "geojson", "rois", "labels", "overlay", "image"] as const;
export type Part = (typeof PARTS)[number];

/** Where one file of a record is. */
export function fileLink(analysisId: string, file: FileKind, layer: LayerName): string {
  const query = file.hasLayers && layer === "corrected" ? "?layer=corrected" : "";
  return `/api/v1/analyses/${analysisId}/${file.path}${query}`;
}

/** What the file is called once it is on the device. */
export function fileName(analysisId: string, file: FileKind, layer: LayerName): string {
  const corrected = file.hasLayers && layer === "corrected" ? "-corrected" : "";
  return `${analysisId}${corrected}-${file.path}`;
}

/** Where the table of all records that match is. */
export function tableLink(filters: Filters): string {
  return `/api/v1/exports/analyses.csv${downloadQuery(filters)}`;
}

/** Where the ZIP of all records that match is. */
export function archiveLink(filters: Filters, parts: Part[], layer: LayerName): string {
  return `/api/v1/exports/analyses.zip${downloadQuery(filters, { include: parts.join(","), layer })}`;
}
