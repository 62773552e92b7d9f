import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UpkeepJobJson } from '../../../dashboard/client/archive-types.ts';
import { upkeepLook, upkeepSentence } from '../../../dashboard/client/upkeep-words.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const job = (more: Partial<UpkeepJobJson>): UpkeepJobJson => ({
  ...{ id: '1', kind: 'verify', decodes: false, state: 'completed', updatedAt: new Date(now - 7200_000).toISOString() },
  ...{ done: 12, total: 12, found: 0, log: [] },
  ...more,
});

test('how far it is, and what came of it', () => {
  const cases: [Partial<UpkeepJobJson>, string][] = [
    [{ state: 'queued' }, 'It waits for its turn.'],
    [{ state: 'active', done: 3, found: 1 }, '3 of 12 chunks, 1 fault so far.'],
    [{}, '2 h ago: no fault in 12 chunks.'],
    [{ found: 2, decodes: true }, '2 h ago: 2 faults in 12 chunks, everything decoded.'],
    [{ kind: 'cleanup', found: 1 }, '2 h ago: 1 chunk removed.'],
    [{ kind: 'rebuild' }, '2 h ago: nothing that the index lacked.'],
    [{ state: 'cancelled', done: 5 }, '2 h ago: cancelled after 5 chunks, no fault.'],
    [{ state: 'failed', error: { code: 'X', message: 'the store is away' } }, '2 h ago: The store is away.'],
    [
      { state: 'retrying', error: { code: 'X', message: 'the store is away' } },
      'The store is away. It is tried again.',
    ],
  ];
  assert.deepEqual(
    cases.map(([more]) => upkeepSentence(job(more), now)),
    cases.map(([, sentence]) => sentence),
  );
});

test('rebuild counts while it does not know how many there are', () => {
  const { total: _unknown, ...counting } = job({ kind: 'rebuild', state: 'active', done: 7, found: 7 });
  assert.equal(upkeepSentence(counting, now), '7 chunks, 7 chunks regained so far.');
});

test('faults are no good news, though the work is done', () => {
  assert.deepEqual([upkeepLook(job({})).tone, upkeepLook(job({ found: 3 })).tone], ['good', 'warn']);
  assert.equal(upkeepLook(job({ found: 3 })).word, '3 faults');
  assert.equal(upkeepLook(job({ kind: 'cleanup', found: 3 })).tone, 'good');
});
