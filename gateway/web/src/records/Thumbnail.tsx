/** A small picture of the field, loaded when it comes into sight; a sign where there is none. */
import { ImageOff } from "lucide-preact";
import { useState } from "preact/hooks";

export function Thumbnail({ analysisId }: { analysisId: string }) {
  const [isMissing, setMissing] = useState(false);
  return (
    <span class="thumbnail">
      {isMissing ? (
        <ImageOff size={20} aria-hidden="true" />
      ) : (
        <img
          src={`/api/v1/analyses/${analysisId}/image.jpg?max_px=512`}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setMissing(true)}
        />
      )}
    </span>
  );
}
