/** Which layers are seen and how strongly. */

export const LAYER_NAMES = ["image", "mask", "heatmap", "contours", "nuclei"] as const;
export type LayerName = (typeof LAYER_NAMES)[number];

export interface LayerSetting {
  isOn: boolean;
  opacity: number;
}

export type LayerSettings = Record<LayerName, LayerSetting>;

export const SHOWN_FIRST: LayerSettings = {
  image: { isOn: true, opacity: 1 },
  mask: { isOn: false, opacity: 0.6 },
  heatmap: { isOn: false, opacity: 0.7 },
  contours: { isOn: true, opacity: 1 },
  nuclei: { isOn: true, opacity: 1 },
};

/** Return each layer's opacity, 0 where it is off. */
export function opacitiesOf(layers: LayerSettings): Record<LayerName, number> {
  const of = (name: LayerName) => (layers[name].isOn ? layers[name].opacity : 0);
  return {
    image: of("image"),
    mask: of("mask"),
    heatmap: of("heatmap"),
    contours: of("contours"),
    nuclei: of("nuclei"),
  };
}
