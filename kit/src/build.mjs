// Builds what is committed under kit/page out of this folder. The same sources
// and the locked tools give the same bytes: no time, no path, no random name.
//
//   node build.mjs            writes kit/page
//   node build.mjs --sizes    tells what takes the room

import * as esbuild from "esbuild";
import { gzipSync } from "node:zlib";
import { write } from "./page.mjs";

/** What a page is made of: TypeScript in, one classic script out. */
export const common = {
  bundle: true,
  format: "iife",
  platform: "browser",
  target: ["chrome103", "firefox113", "safari16.4"], // the first with raw DEFLATE
  charset: "utf8",
  loader: { ".txt": "text" },
  minify: true,
  legalComments: "none",
  logLevel: "warning",
};

export async function sizes(entry, options = {}) {
  const built = await esbuild.build({ ...common, ...options, entryPoints: [entry], write: false, metafile: true });
  const [output] = Object.values(built.metafile.outputs);
  const parts = Object.entries(output.inputs)
    .map(([path, { bytesInOutput }]) => [bytesInOutput, path])
    .sort((a, b) => b[0] - a[0]);
  const whole = built.outputFiles[0].contents;
  return { bytes: whole.length, gzip: gzipSync(whole, { level: 9 }).length, parts };
}

if (process.argv[2] === "--sizes") {
  for (const entry of process.argv.slice(3).length ? process.argv.slice(3) : ["core/index.ts"]) {
    const { bytes, gzip, parts } = await sizes(entry, { globalName: "core" });
    console.log(`${entry}: ${bytes} bytes, ${gzip} by gzip`);
    for (const [n, path] of parts) console.log(String(n).padStart(8), path);
  }
} else {
  await write(common);
}
