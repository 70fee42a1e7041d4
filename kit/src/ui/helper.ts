// The worker as the screens see it.

import workerText from "worker.txt";
import type { Answer, Code, Job, Jobs, Order, Progress } from "./talk.ts";

/** What the worker could not do; screens have words for each code. */
export class Refused extends Error {
  constructor(readonly code: Code) {
    super(code);
  }
}

interface Open {
  done(value: unknown): void;
  failed(reason: unknown): void;
  progress: ((at: Progress) => void) | undefined;
}

export class Helper {
  private readonly worker: Worker;
  private readonly open = new Map<number, Open>();
  private count = 0;

  constructor() {
    // A page from a file can load no second script, so the worker's is part of
    // the page's own, and of its fingerprint.
    const url = URL.createObjectURL(new Blob([workerText], { type: "text/javascript" }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => this.hear(data);
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.fail("unknown");
    };
  }

  /** Asks the worker for something. It rejects with Refused. */
  ask<J extends Job>(job: J, args: Parameters<Jobs[J]>, progress?: (at: Progress) => void): Promise<ReturnType<Jobs[J]>> {
    return new Promise((done, failed) => {
      const id = ++this.count;
      this.open.set(id, { done: done as (value: unknown) => void, failed, progress });
      this.worker.postMessage({ id, job, args } satisfies Order);
    });
  }

  /** Ends the worker, and with it every key that it holds. What was asked for never answers. */
  end(): void {
    this.worker.terminate();
    this.open.clear();
  }

  private hear(answer: Answer): void {
    const open = this.open.get(answer.id);
    if (!open) return;
    if ("progress" in answer) return open.progress?.(answer.progress);
    this.open.delete(answer.id);
    if ("done" in answer) open.done(answer.done);
    else open.failed(new Refused(answer.failed));
  }

  private fail(code: Code): void {
    for (const open of this.open.values()) open.failed(new Refused(code));
    this.open.clear();
  }
}
