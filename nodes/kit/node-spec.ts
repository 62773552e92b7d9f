import type { z } from 'zod';
import type { Log } from '../core/log.ts';

/** What a node module declares; `defineNode(red, spec)` does the rest and is the only caller of registerType. */
export interface NodeSpec<Config extends object> {
  /** Folder, file and type name: `capture-recorder`, `ui-capture-overview`. */
  type: `capture-${string}` | `ui-capture-${string}`;
  /** Version of the stored configuration; the edit form keeps it in a hidden `version` field. */
  version: number;
  /** Validates and defaults the stored configuration, after the migrations. */
  config: z.ZodType<Config>;
  /** Steps from older stored versions, in order. */
  migrations?: readonly Migration[];
  credentials?: Readonly<Record<string, 'text' | 'password'>>;
  /** Called for every (re)deployed instance. A rejection becomes a log line and a red status, never a crash. */
  open(site: NodeSite<Config>): NodeLife | Promise<NodeLife>;
}

export interface Migration {
  /** The version this step raises the configuration to. */
  version: number;
  up(config: Record<string, unknown>): Record<string, unknown>;
}

/** One placed node, as its code sees it. */
export interface NodeSite<Config> {
  readonly id: string;
  /** The node's name field, or its type. */
  readonly name: string;
  readonly config: Readonly<Config>;
  readonly credentials: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Id of the tab (or subflow instance) it stands on. */
  readonly flowId: string;
  /** At most two a second reach the editor; the last one always does. */
  show(status: NodeStatus): void;
  /** A text of the node's locale file; the key without the type before it: `status.ready`. */
  text(key: string, values?: Record<string, string | number>): string;
  /** Sends without an input message, one entry per output. */
  send(...outputs: (NodeMessage | NodeMessage[] | null)[]): void;
  /** Reports an error to Catch nodes without an input message. */
  fail(error: unknown): void;
  /** Aborted when the node is closed. */
  readonly closing: AbortSignal;
  /** The NodeAPI node itself, for Dashboard's `group.register(node, ...)` only. */
  readonly node: unknown;
  /** Another node's live object by id (config nodes); undefined when missing or disabled. */
  peer(id: string | undefined): unknown;
}

export interface NodeStatus {
  fill: 'red' | 'green' | 'yellow' | 'blue' | 'grey';
  shape: 'dot' | 'ring';
  text: string;
}

export interface NodeMessage {
  topic?: string;
  payload?: unknown;
  [key: string]: unknown;
}

export interface NodeLife {
  /** One input message. Returning is done(), rejecting is done(err). `send` keeps the message id. */
  receive?(
    message: NodeMessage,
    send: (...outputs: (NodeMessage | NodeMessage[] | null)[]) => void,
  ): Promise<void> | void;
  /** `isRemoved`: deleted, not redeployed. Has 15 s. */
  close?(isRemoved: boolean): Promise<void> | void;
}
