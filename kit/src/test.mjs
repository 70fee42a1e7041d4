// Bundles the tests as the kit is bundled, and runs them with node's own runner.
//
//   node test.mjs [name...]     all of them, or test/NAME.test.ts

import * as esbuild from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const names = process.argv.slice(2);
const tests = names.length > 0 ? names.map((name) => `${name}.test.ts`) : readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
const work = mkdtempSync(join(tmpdir(), "hearsay-kit-test-"));

let status = 1;
try {
  await esbuild.build({
    absWorkingDir: here,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: work,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    loader: { ".txt": "text" },
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "warning",
  });
  const built = readdirSync(work).map((name) => join(work, name));
  status = spawnSync(process.execPath, ["--test", ...built], { cwd: here, stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(work, { recursive: true });
}
process.exit(status);
