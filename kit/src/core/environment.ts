// The world as a browser has it.

import type { Environment } from "./api.ts";
import { below } from "./chance.ts";

/** Lets other events of the thread in, without the 4 ms that nested timers wait. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

export const browser: Environment = {
  now: () => Date.now(),
  random: (size) => crypto.getRandomValues(new Uint8Array(size)),
  fetch: (url, init) => fetch(url, init),
  wait,
  pause,
};

/** Between two deposits 20 to 90 s, between two chunks 2 to 10 s, any of them as likely. */
const GAPS = { deposit: [20_000, 90_000], chunk: [2_000, 10_000] } as const;

/** Waits so that what a session sends is not one burst and says nothing about how long a puzzle took. */
export function gap(e: Environment, of: keyof typeof GAPS, signal?: AbortSignal): Promise<void> {
  const [least, most] = GAPS[of];
  return e.wait(least + below(most - least + 1, e.random), signal);
}
