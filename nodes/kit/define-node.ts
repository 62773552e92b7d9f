import type { NodeSpec } from './node-spec.ts';
import { PlacedNode } from './placed-node.ts';
import type { NodeDefinition, Red, RedNode } from './red.ts';
import { surviveStrayRejections } from './stray-rejections.ts';

/**
 * Registers a node type; the only caller of registerType. Whatever the node's code throws or rejects with becomes
 * done(err), a red status and a log line, and never reaches the process.
 *
 * @param red what Node-RED hands to the module's register function
 */
export function defineNode<Config extends object>(red: unknown, spec: NodeSpec<Config>): void {
  const api = red as Red;
  surviveStrayRejections((line) => api.log.error(line));
  // A function, not an arrow: Node-RED calls it with `new` and sets its prototype to its own Node.
  function construct(this: RedNode, definition: NodeDefinition): void {
    api.nodes.createNode(this, definition);
    new PlacedNode(api, spec, this, definition).open();
  }
  const credentials: Record<string, { type: 'text' | 'password' }> = {};
  for (const [name, type] of Object.entries(spec.credentials ?? {})) credentials[name] = { type };
  api.nodes.registerType(spec.type, construct, spec.credentials ? { credentials } : {});
}
