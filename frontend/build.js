// Builds the front end into tideover/static/dist: styles, scripts, and the two font files the pages use.
import { build } from "esbuild";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "..", "tideover", "static", "dist");
const entries = ["css/app.css", "css/home.css", "css/cases.css", "css/customers.css", "css/settings.css", "css/go-live.css", "css/rules.css", "css/texts.css", "css/messages.css", "css/customer.css", "css/customer-wide.css", "js/app.js", "js/charts.js", "js/card.js", "js/passkeys.js", "js/source.js"];
const fonts = { latin: "inter-latin-opsz-normal", "latin-ext": "inter-latin-ext-opsz-normal" };

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: entries.filter((entry) => existsSync(join(here, entry))),
  entryNames: "[name]",
  outdir: dist,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome123", "firefox125", "safari17.5"],
  external: ["*.woff2"],
  legalComments: "none",
  logLevel: "info",
});
for (const [subset, file] of Object.entries(fonts)) {
  await cp(join(here, "node_modules/@fontsource-variable/inter/files", `${file}.woff2`), join(dist, `inter-${subset}.woff2`));
}
// Packed once here, not at each request; fonts are packed already.
for (const name of (await readdir(dist)).filter((file) => /\.(css|js)$/.test(file))) {
  const content = await readFile(join(dist, name));
  await writeFile(join(dist, `${name}.gz`), gzipSync(content, { level: 9 }));
  await writeFile(join(dist, `${name}.br`), brotliCompressSync(content));
}
