import { defineConfig, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** Built into `dist/`, which the gateway serves at its root; nothing is loaded from anywhere else. */
export default defineConfig({
  plugins: [startTogether(), VitePWA({ ...offlineShell(), manifest: manifest() })],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [firstPage()] } } },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
});

/**
 * What the first page needs, in one file: a browser asks for six at a time, and on a slow network a second round of
 * questions takes another half second.
 */
function firstPage() {
  const folders = "main|app|strings|theme|connection|format|(api|capture|session|shell|ui)/[^?]*";
  return {
    name: "first-page",
    test: new RegExp(`/web/src/(${folders})\\.tsx?|/node_modules/(?!openseadragon|workbox)`),
  };
}

/** Who is signed in is asked beside the program and not after it: half a second less on a slow network. */
function startTogether(): Plugin {
  const session = { rel: "preload", as: "fetch", crossorigin: true, href: "/api/v1/auth/session" };
  return {
    name: "start-together",
    transformIndexHtml: () => [{ tag: "link", attrs: session, injectTo: "head-prepend" }],
  };
}

/** The service worker keeps the program, never an answer of the interface: no image stays on the device. */
function offlineShell() {
  return {
    registerType: "prompt" as const,
    injectRegister: null,
    workbox: {
      globPatterns: ["**/*.{html,js,css,svg,png,webmanifest}"],
      navigateFallback: "/index.html",
      navigateFallbackDenylist: [/^\/api\//, /^\/docs/, /^\/(healthz|readyz|metrics)$/],
      cleanupOutdatedCaches: true,
    },
  };
}

function manifest() {
  return {
    id: "/",
    name: "Ki-67 scoring",
    short_name: "Ki-67",
    description:
      "Count immunopositive and immunonegative nuclei. For research and teaching, not for diagnosis.",
    display: "standalone" as const,
    start_url: "/",
    background_color: "#0f1317",
    theme_color: "#0f1317",
    icons: [
      { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
      { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" as const },
    ],
  };
}
