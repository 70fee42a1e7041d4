// What a page's file is: its fingerprints and its digest. A file that is not made
// exactly as hearsay kit build makes it has none, since what a fingerprint does
// not cover could do anything. It follows kit/page in Go.

import frame from "frame.txt";
import { deskFingerprint, digestText, pageFingerprint, parseConfig, type Bytes } from "../core/index.ts";
import { fromHex, fromUTF8 } from "../core/bytes.ts";
import type { Inspected, PageParts } from "./talk.ts";

const MAX_PAGE = 4 << 20; // bytes, more than any page has

export function inspect(file: Bytes): Inspected {
  const digest = digestText(file);
  const text = file.length <= MAX_PAGE ? fromUTF8(file) : undefined;
  const parts = text === undefined ? undefined : take(text);
  if (!parts) return { digest, kit: "", desk: "" };
  return {
    digest,
    kit: pageFingerprint(parts.style, parts.config, parts.script),
    desk: deskFingerprint(parseConfig(parts.config).root),
  };
}

/** The three texts of a page whose rest is exactly the frame. */
function take(text: string): PageParts | undefined {
  let rest = text;
  const between = (open: string, end: string): string => {
    const from = rest.indexOf(open);
    const to = rest.indexOf(end, from + open.length);
    const found = from < 0 || to < 0 ? "" : rest.slice(from + open.length, to);
    rest = rest.slice(to);
    return found;
  };
  const parts = {
    style: between("<style>", "</style>"),
    config: between('<script type="application/json" id="config">', "</script>"),
    script: between("<script>", "</script>"),
  };
  try {
    return assemble(parts, parseConfig(parts.config).relay) === text ? parts : undefined;
  } catch {
    return undefined;
  }
}

function assemble(parts: PageParts, relay: string): string {
  const fill = { policy: policy(parts, relay), ...parts };
  return frame.replace(/\{\{(policy|style|config|script)\}\}/g, (_, name: keyof typeof fill) => fill[name]);
}

const policy = (parts: PageParts, relay: string): string =>
  [
    "default-src 'none'",
    `script-src ${source(parts.script)}`,
    `style-src ${source(parts.style)}`,
    `connect-src ${relay || "'none'"}`,
    "img-src blob:",
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

function source(text: string): string {
  const digest = fromHex(digestText(new TextEncoder().encode(text)))!;
  return `'sha256-${btoa(String.fromCharCode(...digest))}'`;
}
