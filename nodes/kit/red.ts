/**
 * The part of Node-RED 5 that the kit uses, written by hand: @types/node-red 1.3.5 has `getNode`, `done` and `version`
 * wrong (facts measured against 5.0.7). Source: @node-red/registry/lib/util.js createNodeApi, runtime/lib/nodes/Node.js.
 */
export interface Red {
  nodes: {
    createNode(node: RedNode, definition: NodeDefinition): void;
    registerType(
      type: string,
      construct: (this: RedNode, definition: NodeDefinition) => void,
      options?: { credentials?: Record<string, { type: 'text' | 'password' }> },
    ): void;
    getNode(id: string): unknown;
  };
  settings: { nodeCloseTimeout?: number };
  events: RedEvents;
  log: { error(line: string): void };
  /** Text of the locale files; a key without a colon is looked up in the calling module's own. */
  _(key: string, values?: Record<string, string | number>): string;
}

export interface RedEvents {
  on(event: 'flows:started', listener: () => void): unknown;
}

/** A placed node as its stored configuration has it; environment variables are already put in. */
export interface NodeDefinition {
  id: string;
  type: string;
  name?: string;
  z?: string;
  [property: string]: unknown;
}

export interface RedNode {
  id: string;
  z?: string;
  credentials?: Record<string, string | undefined>;
  /** Handlers are told apart by how many parameters they declare: always three, and two. */
  on(event: 'input', handler: (message: RedMessage, send: unknown, done: (error?: Error) => void) => void): void;
  on(event: 'close', handler: (isRemoved: boolean, done: () => void) => void): void;
  send(outputs: unknown[]): void;
  /** Without a message it only logs; with one, Catch nodes hear of it instead. */
  error(error: Error | string, message?: object): void;
  status(status: object): void;
  log(line: string): void;
  warn(line: string): void;
  debug(line: string): void;
}

export interface RedMessage {
  _msgid: string;
  [property: string]: unknown;
}
