import type { Identity } from '../access/access.ts';
import { hasRole } from '../access/users.ts';
import { readTopic } from './topics.ts';

/**
 * Who may do what on the embedded broker.
 *
 * Viewers read; operators also give commands, and publish on topics that are not Reelflow's; admins do everything.
 * Another agent logs in as a user (or with a token) of its own name and at least the role operator, and owns everything
 * below `reelflow/<that name>/`.
 */
export function mayPublish(who: Identity, topic: string): boolean {
  if (topic.startsWith('$')) return false;
  if (who.role === 'admin') return true;
  if (!hasRole(who.role, 'operator')) return false;
  const place = readTopic(topic);
  if (!place) return true;
  if (place.kind === 'command') return true;
  return place.scope === 'agent' && isAgent(who, place.agent);
}

/** `$share` would be granted and then never deliver anything; `$SYS` tells strangers' client ids. */
export function maySubscribe(_who: Identity, filter: string): boolean {
  return !filter.startsWith('$');
}

/** Commands may carry what is not for everybody (a camera's password), so only those they are for hear them. */
export function mayRead(who: Identity, topic: string): boolean {
  if (topic.startsWith('$')) return false;
  if (who.role === 'admin') return true;
  const place = readTopic(topic);
  if (place?.kind !== 'command') return true;
  return place.scope === 'agent' ? isAgent(who, place.agent) : hasRole(who.role, 'operator');
}

/** Commands are for now: kept by a broker, they would be given again to whoever comes later. */
export function isCommand(topic: string): boolean {
  return readTopic(topic)?.kind === 'command';
}

function isAgent(who: Identity, agent: string): boolean {
  return hasRole(who.role, 'operator') && who.user.replace(/^token:/, '') === agent;
}
