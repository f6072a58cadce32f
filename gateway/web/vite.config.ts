import { defineConfig, type HtmlTagDescriptor, type Plugin } from "vite";
import { VitePWA } from "vite-plugin-pwa";

/** Built into `dist/`, which the gateway serves at its root; nothing is loaded from anywhere else. */
export default defineConfig({
  plugins: [startTogether(), VitePWA({ ...offlineShell(), manifest: manifest() })],
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
});

/**
 * What the first page needs after the program, asked for beside it: on a slow network each question waits half a
 * second for its answer, one after another would be two.
 */
function startTogether(): Plugin {
  return {
    name: "start-together",
    transformIndexHtml: {
      order: "post",
      handler: (html, { bundle }) => {
        const first = Object.values(bundle ?? {}).find(
          (built) => built.type === "chunk" && built.facadeModuleId?.endsWith("/capture/CapturePage.tsx"),
        );
        const files = first?.type === "chunk" ? [first.fileName, ...first.imports] : [];
        const further = files.filter((file) => !html.includes(file));
        return [asked("/api/v1/auth/session"), ...further.map((file) => module(`/${file}`))];
      },
    },
  };
}

function asked(href: string): HtmlTagDescriptor {
  return {
    tag: "link",
    attrs: { rel: "preload", as: "fetch", crossorigin: true, href },
    injectTo: "head-prepend",
  };
}

function module(href: string): HtmlTagDescriptor {
  return { tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href }, injectTo: "head" };
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
