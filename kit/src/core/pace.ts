// How long steps stay polite: every few milliseconds they let other events of
// their thread in, and hear whether they shall stop.

const SLICE = 12; // milliseconds of work between two pauses

export class Pace {
  private since = performance.now();

  constructor(
    private readonly pause: () => Promise<void>,
    private readonly signal?: AbortSignal,
  ) {}

  /** To be called between pieces of work that take a millisecond or so. */
  async step(): Promise<void> {
    if (this.signal?.aborted) throw this.signal.reason;
    if (performance.now() - this.since < SLICE) return;
    await this.pause();
    this.since = performance.now();
    if (this.signal?.aborted) throw this.signal.reason;
  }
}
