import { setTimeout as delay } from 'node:timers/promises';
import { ReelflowError, toReelflowError } from '../core/errors.ts';
import type { Dispose } from '../core/time/clock.ts';
import { onceFlowsStarted } from './flow-start.ts';
import type { NodeLife, NodeMessage, NodeSite, NodeSpec } from './node-spec.ts';
import { readConfig } from './read-config.ts';
import type { NodeDefinition, Red, RedMessage, RedNode } from './red.ts';
import { StatusLine } from './status-line.ts';

type Outputs = (NodeMessage | NodeMessage[] | null)[];
type Done = (error?: Error) => void;

/** Messages and calls that may wait for a node to open, or for the flows to start. */
const mostWaiting = 1000;
/** Node-RED's own default for nodeCloseTimeout; it abandons a node without a word to it. */
const defaultCloseMs = 15_000;
const closeReserveMs = 500;

/** One placed node from construction to close: everything its code throws, rejects or does too late ends here. */
export class PlacedNode<Config extends object> {
  readonly #red: Red;
  readonly #spec: NodeSpec<Config>;
  readonly #node: RedNode;
  readonly #definition: NodeDefinition;
  readonly #status: StatusLine;
  readonly #closing = new AbortController();
  #life: NodeLife | undefined;
  #failure: Error | undefined;
  #opened: Promise<void> = Promise.resolve();
  /** Input that came before open() settled. */
  #waiting: { message: RedMessage; done: Done }[] = [];
  /** Output made before all nodes of the flow were built. */
  #held: (() => void)[] | undefined = [];
  readonly #forgetStart: Dispose;

  constructor(red: Red, spec: NodeSpec<Config>, node: RedNode, definition: NodeDefinition) {
    this.#red = red;
    this.#spec = spec;
    this.#node = node;
    this.#definition = definition;
    this.#status = new StatusLine((status) => node.status(status));
    this.#forgetStart = onceFlowsStarted(red.events, () => this.#release());
    node.on('input', (message, _send, done) => this.#take(message, done));
    node.on('close', (isRemoved, done) => {
      void this.#close(isRemoved).finally(done);
    });
  }

  /** Never throws; a node that opens at once is open when it returns. */
  open(): void {
    try {
      const life = this.#spec.open(this.#makeSite());
      if (life instanceof Promise) {
        this.#opened = life.then(
          (opened) => this.#begin(opened),
          (error: unknown) => this.#break(error),
        );
      } else this.#begin(life);
    } catch (error) {
      this.#break(error);
    }
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  #begin(life: NodeLife): void {
    this.#life = life;
    for (const { message, done } of this.#waiting.splice(0)) void this.#run(life, message, done);
  }

  #break(thrown: unknown): void {
    this.#failure = toNodeError(thrown);
    if (this.#isClosed) return;
    this.#node.error(this.#failure);
    this.#status.showError(this.#failure);
    for (const { done } of this.#waiting.splice(0)) this.#answer(done, this.#failure);
  }

  #take(message: RedMessage, done: Done): void {
    if (this.#isClosed) return;
    if (this.#failure) this.#answer(done, this.#failure);
    else if (this.#life) void this.#run(this.#life, message, done);
    else if (this.#waiting.length < mostWaiting) this.#waiting.push({ message, done });
    else this.#answer(done, new ReelflowError('NODE_BUSY', 'too many messages wait for this node to be ready'));
  }

  async #run(life: NodeLife, message: RedMessage, done: Done): Promise<void> {
    try {
      await life.receive?.(message, (...outputs) => this.#send(outputs, message._msgid));
      this.#status.clearError();
      this.#answer(done);
    } catch (thrown) {
      this.#answer(done, toNodeError(thrown));
    }
  }

  #answer(done: Done, error?: Error): void {
    if (this.#isClosed) {
      if (error && error.name !== 'AbortError') this.#node.warn(`failed while closing: ${error.message}`);
      return;
    }
    if (error) this.#status.showError(error);
    this.#hold(() => done(error));
  }

  #send(outputs: Outputs, messageId?: string): void {
    if (this.#isClosed) return;
    const named = messageId === undefined ? outputs : outputs.map((output) => withId(output, messageId));
    this.#hold(() => this.#node.send(named));
  }

  #fail(thrown: unknown): void {
    if (this.#isClosed) return;
    const error = toNodeError(thrown);
    this.#status.showError(error);
    this.#hold(() => this.#node.error(error, {}));
  }

  #hold(call: () => void): void {
    if (!this.#held) call();
    else if (this.#held.length < mostWaiting) this.#held.push(call);
    else this.#node.warn('too much was sent before the flows had started: a message is dropped');
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const call of held) call();
  }

  async #close(isRemoved: boolean): Promise<void> {
    this.#closing.abort();
    this.#forgetStart();
    this.#status.close();
    this.#waiting = [];
    this.#held = [];
    const limitMs = Math.max(closeReserveMs, (this.#red.settings.nodeCloseTimeout ?? defaultCloseMs) - closeReserveMs);
    const late = new AbortController();
    const end = this.#end(isRemoved);
    const isInTime = await Promise.race([
      end.then(() => true),
      delay(limitMs, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    if (!isInTime) this.#node.warn(`did not close within ${limitMs} ms (CLOSE_TIMEOUT); it is left behind`);
  }

  async #end(isRemoved: boolean): Promise<void> {
    try {
      await this.#opened;
      await this.#life?.close?.(isRemoved);
    } catch (thrown) {
      this.#node.error(toNodeError(thrown));
    }
  }

  #makeSite(): NodeSite<Config> {
    const node = this.#node;
    const { type } = this.#spec;
    return {
      id: node.id,
      name: this.#definition.name || type,
      config: readConfig(this.#spec, this.#definition),
      credentials: node.credentials ?? {},
      log: {
        debug: (line) => node.debug(line),
        info: (line) => node.log(line),
        warn: (line) => node.warn(line),
        error: (line) => node.error(line),
      },
      flowId: node.z ?? '',
      show: (status) => {
        if (!this.#isClosed && !this.#failure) this.#status.show(status);
      },
      text: (key, values) => this.#red._(key.startsWith(`${type}.`) ? key : `${type}.${key}`, values),
      send: (...outputs) => this.#send(outputs),
      fail: (error) => this.#fail(error),
      closing: this.#closing.signal,
      node,
      peer: (id) => (id ? (this.#red.nodes.getNode(id) ?? undefined) : undefined),
    };
  }
}

/** An own `code` stays, whoever gave it (ENOENT): Node-RED copies it into msg.error. */
function toNodeError(thrown: unknown): Error {
  return thrown instanceof Error && Object.hasOwn(thrown, 'code') ? thrown : toReelflowError(thrown);
}

function withId(output: NodeMessage | NodeMessage[] | null, id: string): NodeMessage | NodeMessage[] | null {
  if (output === null || output === undefined) return null;
  if (Array.isArray(output)) return output.map((one) => ({ _msgid: id, ...one }));
  return { _msgid: id, ...output };
}
