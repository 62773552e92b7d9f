import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAliasRange, parseRange } from '../../../nodes/core/playback/asked-range.ts';

const now = Date.parse('2026-11-26T12:00:00Z');

test('a range has two instants with a zone, or "now" as its end', () => {
  assert.deepEqual(parseRange('2026-11-26T10:00:00Z--2026-11-26T10:00:30.5Z', now), {
    startMs: Date.parse('2026-11-26T10:00:00Z'),
    endMs: Date.parse('2026-11-26T10:00:30.500Z'),
    isOpen: false,
  });
  assert.equal(parseRange('2026-11-26T11:00+01:00--now', now).startMs, Date.parse('2026-11-26T10:00:00Z'));
  assert.deepEqual(parseRange('2026-11-26T11:00:00Z--NOW', now), { startMs: now - 3600_000, endMs: now, isOpen: true });
});

for (const [text, reason] of [
  ['2026-11-26T10:00:00--2026-11-26T10:00:30Z', /start: .*no time zone/],
  ['2026-11-26--2026-11-26T10:00:30Z', /start: .*no time zone/],
  ['2026-11-26T10:00:00Z--soon', /end: must be an instant/],
  ['2026-02-30T10:00:00Z--2026-03-01T10:00:30Z', /start: there is no such date/],
  ['2026-11-26T25:00:00Z--2026-11-26T10:00:30Z', /start: there is no such date/],
  ['2026-11-26T10:00:00Z', /range: must be/],
  ['2026-11-26T10:00:00Z--2026-11-26T10:00:00Z', /end: must be after the start/],
  ['2026-11-26T10:00:30Z--2026-11-26T10:00:00Z', /end: must be after the start/],
  ['2026-11-01T10:00:00Z--2026-11-26T10:00:00Z', /end: must be within seven days/],
  ['', /range/],
] as const) {
  test(`"${text}" is refused with the reason`, () => {
    assert.throws(() => parseRange(text, now), { code: 'RANGE_INVALID', message: reason });
  });
}

test('links of Flussonic work: Unix seconds, a duration, "now", and so long ago', () => {
  assert.deepEqual(parseAliasRange('archive-1000-60', now), { startMs: 1_000_000, endMs: 1_060_000, isOpen: false });
  assert.deepEqual(parseAliasRange(`archive-${now / 1000 - 60}-now`, now), {
    startMs: now - 60_000,
    endMs: now,
    isOpen: true,
  });
  assert.deepEqual(parseAliasRange('rewind-7200', now), { startMs: now - 7200_000, endMs: now, isOpen: true });
  assert.equal(parseAliasRange('index', now), undefined);
  assert.throws(() => parseAliasRange('archive-1000-0', now), { code: 'RANGE_INVALID' });
});
