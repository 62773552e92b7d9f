import sax from 'sax';
import type { Span } from '../../../core/archive/chunk.ts';
import { ReelflowError, toReelflowError } from '../../../core/errors.ts';
import { redact } from '../../../core/redact.ts';

/**
 * What a publishing point of Unified Origin has archived: its answer to `/archive`, in which each `video` has the stretches
 * `<c start="…" end="…"/>`. A ladder names one for each rung: what any of them has counts. Without picture, the sound's.
 * Namespaces do not matter; a time without a zone is UTC.
 *
 * @param address it was read from, for errors
 * @returns in the order of time, none touching the next
 * Throws SOURCE_INVALID.
 */
export function readArchiveXml(text: string, address: string): Span[] {
  const refuse = (reason: string): never => {
    throw new ReelflowError('SOURCE_INVALID', `${redact(address)}: ${reason}`, { isRetryable: true });
  };
  const seen: string[] = [];
  let isEmpty = true;
  const videos: Span[] = [];
  const others: Span[] = [];
  const parser = sax.parser(true);
  parser.onopentag = ({ name, attributes }) => {
    isEmpty = false;
    const element = localName(name);
    if (element === 'c') (seen.at(-1) === 'video' ? videos : others).push(spanOf(attributes, refuse));
    seen.push(element);
  };
  parser.onclosetag = () => seen.pop();
  parser.onerror = (error) => refuse(`is not readable XML: ${error.message.split('\n')[0]}`);
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof ReelflowError) throw error;
    refuse(`is not readable XML: ${toReelflowError(error).message}`);
  }
  if (isEmpty) return refuse('is not readable XML: it is empty');
  return joined(videos.length > 0 ? videos : others);
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function spanOf(attributes: Readonly<Record<string, unknown>>, refuse: (reason: string) => never): Span {
  const [startMs = Number.NaN, endMs = Number.NaN] = [attributes['start'], attributes['end']].map((given) => {
    const text = String(given);
    return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  });
  return endMs >= startMs ? { startMs, endMs } : refuse('has a stretch without a start and an end');
}

function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const { startMs, endMs } of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = result.at(-1);
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else result.push({ startMs, endMs });
  }
  return result;
}
