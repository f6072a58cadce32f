/** Puts a gzip beside each built text, so that the gateway sends it packed without packing it each time. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const BUILT = "dist";
const TEXTS = new Set([".html", ".js", ".css", ".svg", ".webmanifest"]);

for (const name of readdirSync(BUILT, { recursive: true })) {
  const path = join(BUILT, name);
  if (TEXTS.has(extname(path))) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
}
