import { ReelflowError } from '../core/errors.ts';

interface OpenCommand {
  resolve(result: unknown): void;
  reject(error: ReelflowError): void;
  timer: NodeJS.Timeout;
}

const mostOpen = 100;

/** Commands that were handed to the flow and wait for its answer. */
export class OpenCommands {
  readonly #open = new Map<string, OpenCommand>();

  get size(): number {
    return this.#open.size;
  }

  /** Settles with what `answer` or `refuse` is given; rejects with COMMAND_TIMEOUT or TOO_MANY_COMMANDS. */
  wait(key: string, timeoutMs: number): Promise<unknown> {
    if (this.#open.size >= mostOpen) {
      const message = `${mostOpen} commands wait for this flow's answer already`;
      return Promise.reject(new ReelflowError('TOO_MANY_COMMANDS', message, { isRetryable: true }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const late = `the flow did not answer within ${timeoutMs / 1000} s`;
    const timer = setTimeout(() => this.refuse(key, new ReelflowError('COMMAND_TIMEOUT', late)), timeoutMs);
    this.#open.set(key, { resolve, reject, timer });
    return promise;
  }

  /** False when nobody waits for it (any more). */
  answer(key: string, result: unknown): boolean {
    const open = this.#take(key);
    open?.resolve(result);
    return open !== undefined;
  }

  refuse(key: string, error: ReelflowError): boolean {
    const open = this.#take(key);
    open?.reject(error);
    return open !== undefined;
  }

  close(): void {
    const error = new ReelflowError('AGENT_STOPPING', 'the flow was stopped or changed meanwhile', {
      isRetryable: true,
    });
    for (const key of this.#open.keys()) this.refuse(key, error);
  }

  #take(key: string): OpenCommand | undefined {
    const open = this.#open.get(key);
    clearTimeout(open?.timer);
    this.#open.delete(key);
    return open;
  }
}
