/** One camera as the core's schedule editor offers it. */
export interface OfferedInput {
  name: string;
  flavor: string;
}

export interface ConfigurationFacts {
  inputs: readonly OfferedInput[];
  freeBytes: number | undefined;
  timeZone: string;
  version: string;
  extra: Readonly<Record<string, string>>;
}

/**
 * The agent's capabilities (Opencast docs, capture-agent.md, "Agent capabilities"; key names of Galicaster where the docs have
 * none). Nothing is ever empty: cores before #7899 forget all capabilities because of one empty value.
 */
export function agentConfiguration(facts: ConfigurationFacts): Record<string, string> {
  const { inputs, freeBytes, timeZone, version, extra } = facts;
  const all: Record<string, string> = {
    'capture.device.names': inputs.map(({ name }) => name).join(','),
    ...Object.fromEntries(inputs.map(({ name, flavor }) => [`capture.device.${name}.flavor`, flavor])),
    'capture.device.timezone': timeZone,
    ...(freeBytes !== undefined && { 'capture.cleaner.mindiskspace': String(Math.floor(freeBytes)) }),
    'vendor.name': 'Reelflow',
    'vendor.version': version,
    ...extra,
  };
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => key.trim() !== '' && value.trim() !== ''));
}
