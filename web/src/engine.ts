// The page's side of the worker.

import type { Operation, Operations, PageError, Reply, Request, TableInfo, TableText } from "./protocol";

/** An error of a computation, with the part of the page that it belongs to. */
export class ComputationError extends Error {
  constructor(readonly detail: PageError) {
    super(detail.message);
  }
}

interface Pending {
  resolve: (output: never) => void;
  reject: (error: Error) => void;
  onProgress?: (finished: number, total: number) => void;
}

/** A worker that answers requests in their order. */
export class Engine {
  private worker: Worker;
  private pending = new Map<number, Pending>();
  private nextId = 1;
  private table: TableText | null = null;

  constructor() {
    this.worker = this.start();
  }

  private start(): Worker {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.receive(data);
    worker.onerror = (event) => this.fail(event.message || "the worker could not start");
    return worker;
  }

  /** Sends a request. */
  call<O extends Operation>(
    operation: O,
    input: Operations[O]["input"],
    onProgress?: (finished: number, total: number) => void,
  ): Promise<Operations[O]["output"]> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (output: never) => void, reject, onProgress });
      this.worker.postMessage({ id, operation, input } satisfies Request);
    });
  }

  /** Opens a table, also in a worker that replaces this one. */
  async openTable(table: TableText): Promise<TableInfo> {
    const info = await this.call("openTable", table);
    this.table = table;
    return info;
  }

  /** Ends a long computation: the worker is replaced, and what it had not answered fails. */
  restart(): void {
    this.worker.terminate();
    this.fail("interrupted");
    this.worker = this.start();
    if (this.table) void this.openTable(this.table);
  }

  private receive(reply: Reply): void {
    const pending = this.pending.get(reply.id);
    if (!pending) return;
    if ("progress" in reply) {
      pending.onProgress?.(...reply.progress);
      return;
    }
    this.pending.delete(reply.id);
    if ("error" in reply) pending.reject(new ComputationError(reply.error));
    else pending.resolve(reply.output as never);
  }

  private fail(message: string): void {
    const pending = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of pending) reject(new ComputationError({ part: "page", message }));
  }
}

/** Runs a task with the newest arguments only: while one is at work, later ones replace each other. */
export function latest<A>(task: (argument: A) => Promise<void>): (argument: A) => void {
  let waiting: { argument: A } | null = null;
  let busy = false;
  const next = async () => {
    busy = true;
    while (waiting) {
      const { argument } = waiting;
      waiting = null;
      await task(argument);
    }
    busy = false;
  };
  return (argument) => {
    waiting = { argument };
    if (!busy) void next();
  };
}
