import { ReelflowError } from '../errors.ts';

/** The topics of one agent; design section 5. Cameras, lines and ids must be one level each: see `isLevel`. */
export interface AgentTopics {
  readonly status: string;
  readonly schedule: string;
  recording(id: string): string;
  camera(camera: string): string;
  preview(camera: string): string;
  level(camera: string): string;
  ttl(line: string): string;
  event(kind: string): string;
  reply(id: string): string;
}

/** Names that stand where an agent's name would: commands to all, commands to a group. */
const reserved = ['all', 'group'];

/** Throws AGENT_NAME_INVALID. */
export function agentTopics(agent: string): AgentTopics {
  checkAgentName(agent);
  const base = `reelflow/${agent}`;
  const below = (kind: string) => (name: string) => `${base}/${kind}/${level(name)}`;
  return {
    status: `${base}/status`,
    schedule: `${base}/schedule`,
    recording: below('recording'),
    camera: below('camera'),
    preview: below('preview'),
    level: below('level'),
    ttl: below('ttl'),
    event: below('event'),
    reply: below('reply'),
  };
}

/** Where a command goes: an agent's name, `all`, or `group/<name>`. Throws TARGET_INVALID, VERB_INVALID. */
export function commandTopic(target: string, verb: string): string {
  const [first = '', second, ...more] = target.split('/');
  const isGroup = first === 'group' && second !== undefined && isLevel(second) && more.length === 0;
  if (!isGroup && !(second === undefined && isLevel(first) && first !== 'group')) {
    throw new ReelflowError('TARGET_INVALID', `target is "${target}"; use an agent's name, all, or group/<name>`, {
      field: 'target',
    });
  }
  checkVerb(verb);
  return `reelflow/${target}/command/${verb}`;
}

export function checkAgentName(agent: string): void {
  if (isLevel(agent) && agent.length <= 64 && !reserved.includes(agent)) return;
  throw new ReelflowError(
    'AGENT_NAME_INVALID',
    `an agent can not be called "${agent}"; use 1 to 64 letters, digits, hyphens and underscores, but not ${reserved.join(' or ')}`,
    { field: 'agent' },
  );
}

/** Throws VERB_INVALID. */
export function checkVerb(verb: string): void {
  if (verb.length <= 128 && verb.split('/').every((word) => isLevel(word))) return;
  throw new ReelflowError(
    'VERB_INVALID',
    `"${verb}" is not a verb; use words of letters, digits, - and _ joined by /, such as lamp/on`,
    { field: 'verb' },
  );
}

/** True for text that can stand as one level of a topic and needs no escaping anywhere. */
export function isLevel(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,128}$/.test(text);
}

function level(name: string): string {
  if (isLevel(name)) return name;
  throw new ReelflowError('TOPIC_INVALID', `"${name}" can not stand in a topic; use letters, digits, - and _`);
}

export type ReelflowTopic =
  | { scope: 'agent'; agent: string; kind: string; rest: string }
  | { scope: 'all'; kind: string; rest: string }
  | { scope: 'group'; group: string; kind: string; rest: string };

/** Takes a topic below `reelflow/` apart; undefined for any other. `rest` is what follows the kind: verb, camera, id. */
export function readTopic(topic: string): ReelflowTopic | undefined {
  const [root, ...levels] = topic.split('/');
  if (root !== 'reelflow') return undefined;
  const [first = ''] = levels;
  if (first === 'group') {
    const [, group = '', kind = '', ...rest] = levels;
    return { scope: 'group', group, kind, rest: rest.join('/') };
  }
  const [, kind = '', ...rest] = levels;
  return first === 'all'
    ? { scope: 'all', kind, rest: rest.join('/') }
    : { scope: 'agent', agent: first, kind, rest: rest.join('/') };
}

/** MQTT 3.1.1 section 4.7. Topics that begin with `$` do not match a filter that begins with a wildcard. */
export function topicMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  const wanted = filter.split('/');
  const levels = topic.split('/');
  for (const [index, want] of wanted.entries()) {
    if (want === '#') return true;
    if (index >= levels.length || (want !== '+' && want !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}
