// The core of the kit: everything but the screens. README.md tells how to use it.

export type * from "./api.ts";
export type { Bytes } from "./bytes.ts";
export { Failure, type FailureCode } from "./failure.ts";
export { epochDate, epochOf, type Epoch } from "./epoch.ts";
export { deskFingerprint, digestText, pageFingerprint } from "./desk.ts";
export { parseConfig } from "./config.ts";
export { newPhrase, orderOf, paperVersion, parsePhrase, reordered, words, wordsWith } from "./phrase.ts";
export { fit } from "./text.ts";
export { LOAD, openKit } from "./load.ts";
export { chunkClass } from "./chunk.ts";
