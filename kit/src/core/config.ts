// The configuration that a page carries: which desk it is for.

import { fromHex } from "./bytes.ts";
import { Failure } from "./failure.ts";
import type { KitConfig } from "./api.ts";

const bad = (why: string): Failure => new Failure("config", `This kit's own configuration cannot be used: ${why}.`);

/** Reads the JSON of the config element. A kit that cannot read its own is not used. */
export function parseConfig(text: string): KitConfig {
  let c: Record<string, unknown>;
  try {
    c = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw bad("it is not JSON");
  }
  if (c === null || typeof c !== "object" || c["format"] !== "hearsay-kit-1") throw bad("it is of another format");
  const root = typeof c["root"] === "string" ? fromHex(c["root"]) : undefined;
  if (root?.length !== 32) throw bad("its root key is not 64 hexadecimal digits");
  const { name, relay, serial, days } = c;
  if (typeof name !== "string") throw bad("it has no name of a desk");
  if (typeof relay !== "string" || !isRelay(relay)) throw bad("its relay is no address of a scheme and a host");
  if (!isUint32(serial)) throw bad("its serial is no number");
  if (!isUint32(days)) throw bad("its days are no number");
  return { name, root, relay: relay.replace(/\/$/, ""), serial, days };
}

const isUint32 = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 0 && (n as number) <= 0xffffffff;

function isRelay(address: string): boolean {
  if (address === "") return true;
  let u: URL;
  try {
    u = new URL(address);
  } catch {
    return false;
  }
  return (
    (u.protocol === "http:" || u.protocol === "https:") &&
    u.username === "" &&
    u.password === "" &&
    (address === u.origin || address === u.origin + "/")
  );
}
