// Requests to a relay. Each looks like any other kit's, and what comes back is
// read only up to the size that it must have.

import type { Environment } from "./api.ts";
import { concat, type Bytes } from "./bytes.ts";
import { CODE, parseAnswer } from "./deposit.ts";
import { Failure } from "./failure.ts";
import { ANSWER, DEPOSIT } from "./sizes.ts";

const TIMEOUT = 180_000; // milliseconds; a week of drops takes a poor line less

/** The relay did not answer at all, or not in form. */
const unreachable = (): Failure => new Failure("relay", "The relay cannot be reached, or does not answer as it should.");

export class Relay {
  constructor(
    private readonly address: string,
    private readonly environment: Environment,
  ) {}

  /** Fetches a file of a size that is known beforehand. */
  async get(path: string, size: number, signal?: AbortSignal): Promise<Bytes> {
    const { status, body } = await this.request(path, undefined, size, signal);
    if (status !== 200 || body.length !== size) throw unreachable();
    return body;
  }

  /** Sends a deposit and gives the relay's code. Rejects with "relay" where no answer came in form. */
  async post(deposit: Bytes, signal?: AbortSignal): Promise<number> {
    const path = deposit.length === DEPOSIT ? "/v1/deposit" : "/v1/chunk";
    const { status, body } = await this.request(path, deposit, ANSWER, signal);
    const code = parseAnswer(body);
    if (code === undefined || (status === 200) !== (code === CODE.taken)) throw unreachable();
    return code;
  }

  // No cookie, no referrer, no type of content: a page from a file then needs no
  // question beforehand (CORS), and a relay sees no difference between kits.
  private async request(path: string, body: Bytes | undefined, size: number, signal?: AbortSignal): Promise<{ status: number; body: Bytes }> {
    if (signal?.aborted) throw signal.reason;
    const own = new AbortController();
    const stop = (): void => own.abort();
    const timer = setTimeout(stop, TIMEOUT);
    signal?.addEventListener("abort", stop);
    try {
      const response = await this.environment.fetch(this.address + path, {
        method: body ? "POST" : "GET",
        ...(body && { body: body as BodyInit }),
        cache: "no-store",
        credentials: "omit",
        mode: "cors",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: own.signal,
      });
      return { status: response.status, body: await readAtMost(response, size + 1) };
    } catch {
      if (signal?.aborted) throw signal.reason;
      throw unreachable(); // what the browser says of it has addresses in it
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }
}

async function readAtMost(response: Response, most: number): Promise<Bytes> {
  if (!response.body) return new Uint8Array(0);
  const parts: Bytes[] = [];
  let size = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    if (size >= most) {
      await reader.cancel();
      break;
    }
  }
  return concat(...parts);
}
