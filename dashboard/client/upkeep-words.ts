import { sentenceOf } from './api.ts';
import type { UpkeepJobJson } from './archive-types.ts';
import { jobLooks, type Look } from './channel-words.ts';
import { relativeTime } from './format.ts';

/** A verify that is done and has found something is no good news. */
export function upkeepLook({ kind, state, found }: UpkeepJobJson): Look {
  if (kind === 'verify' && state === 'completed' && found > 0) {
    return { word: found === 1 ? '1 fault' : `${found} faults`, tone: 'warn', icon: 'mdi-alert-outline' };
  }
  return jobLooks[state];
}

/** How far it is, or what came of it and when. */
export function upkeepSentence(job: UpkeepJobJson, now: number): string {
  const { state, done, total, error } = job;
  if (state === 'queued') return 'It waits for its turn.';
  if (state === 'active')
    return `${total === undefined ? done : `${done} of ${total}`} chunks, ${findings(job)} so far.`;
  const when = relativeTime(Date.parse(job.updatedAt), now);
  const at = when.charAt(0).toUpperCase() + when.slice(1);
  if (state === 'completed') return `${at}: ${findings(job)}${job.decodes ? ', everything decoded' : ''}.`;
  if (state === 'cancelled') return `${at}: cancelled after ${done} chunks, ${findings(job)}.`;
  const reason = error ? sentenceOf(error.message) : 'It did not work.';
  return state === 'failed' ? `${at}: ${reason}` : `${reason} It is tried again.`;
}

function findings({ kind, found, done, state }: UpkeepJobJson): string {
  const chunks = (count: number): string => `${count} ${count === 1 ? 'chunk' : 'chunks'}`;
  if (kind === 'cleanup') return found === 0 ? 'nothing to remove' : `${chunks(found)} removed`;
  if (kind === 'rebuild') return found === 0 ? 'nothing that the index lacked' : `${chunks(found)} regained`;
  const faults = found === 0 ? 'no fault' : found === 1 ? '1 fault' : `${found} faults`;
  return state === 'completed' ? `${faults} in ${chunks(done)}` : faults;
}
