// Runs test/agent.ts, by which another implementation asks this one questions.

import * as esbuild from "esbuild";
import { fileURLToPath } from "node:url";

const built = await esbuild.build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["test/agent.ts"],
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  loader: { ".txt": "text" },
  write: false,
  logLevel: "warning",
});
await import("data:text/javascript;base64," + Buffer.from(built.outputFiles[0].contents).toString("base64"));
