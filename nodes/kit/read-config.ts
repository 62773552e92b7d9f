import { ReelflowError } from '../core/errors.ts';
import type { NodeSpec } from './node-spec.ts';
import { readAs } from './plain-issue.ts';
import type { NodeDefinition } from './red.ts';

/** What Node-RED itself keeps in a node's definition. `name` stays: it is the node's own field. */
const ownKeys = ['id', 'type', 'z', 'g', 'd', 'l', 'x', 'y', 'wires', 'info', '_users', '_alias', 'credentials'];

/**
 * The configuration a node works with: stored, raised step by step to the present version, validated, defaults filled
 * in. A definition without a version is of version 1, the first that ever was.
 *
 * Throws CONFIG_TOO_NEW (a flow of a newer Reelflow) or CONFIG_INVALID (the message names the field).
 */
export function readConfig<Config extends object>(spec: NodeSpec<Config>, definition: NodeDefinition): Config {
  const { version, ...stored } = withoutOwnKeys(definition);
  return readAs(spec.config, migrate(spec, Number(version) || 1, stored), 'CONFIG_INVALID');
}

function migrate(
  spec: Pick<NodeSpec<object>, 'version' | 'migrations'>,
  from: number,
  stored: Record<string, unknown>,
): Record<string, unknown> {
  if (from > spec.version) {
    throw new ReelflowError(
      'CONFIG_TOO_NEW',
      `this node was set up with a newer Reelflow (version ${from} of its settings; known are up to ${spec.version})`,
      { field: 'version' },
    );
  }
  const steps = (spec.migrations ?? []).filter((step) => step.version > from && step.version <= spec.version);
  return steps.sort((a, b) => a.version - b.version).reduce((config, step) => step.up(config), stored);
}

function withoutOwnKeys(definition: NodeDefinition): Record<string, unknown> {
  return Object.fromEntries(Object.entries(definition).filter(([key]) => !ownKeys.includes(key)));
}
