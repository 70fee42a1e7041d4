// Chance without bias.

import { readU32, type Bytes } from "./bytes.ts";

/** So many bytes, uniform and secret. */
export type Random = (size: number) => Bytes;

/** A whole number from 0 to below most, each as likely as another. */
export function below(most: number, random: Random): number {
  const limit = 2 ** 32 - (2 ** 32 % most);
  for (;;) {
    const n = readU32(random(4), 0);
    if (n < limit) return n % most;
  }
}

/** The same in an order drawn by lot. */
export function shuffle<T>(list: readonly T[], random: Random): T[] {
  const left = [...list];
  return list.map(() => left.splice(below(left.length, random), 1)[0]);
}
