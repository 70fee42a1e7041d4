// What each step costs, for docs/PERFORMANCE.md: builds and runs test/bench.ts.
// "node --jitless bench.mjs" is as slow as a browser that compiles no script.

import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";

const built = await esbuild.build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["test/bench.ts"],
  bundle: true,
  format: "esm",
  platform: "node",
  loader: { ".txt": "text" },
  write: false,
  logLevel: "warning",
});
await import("data:text/javascript;base64," + Buffer.from(built.outputFiles[0].contents).toString("base64"));
