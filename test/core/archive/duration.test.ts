import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from '../../../nodes/core/archive/duration.ts';
import { ReelflowError } from '../../../nodes/core/errors.ts';

test('durations of ISO 8601, there and back', () => {
  const cases: [string, number][] = [
    ['PT5M', 300_000],
    ['P7D', 604_800_000],
    ['PT10S', 10_000],
    ['P1DT12H', 129_600_000],
    ['PT0.5S', 500],
  ];
  for (const [text, ms] of cases) {
    assert.equal(parseDuration(text, 'chunk_duration'), ms);
    assert.equal(formatDuration(ms), text);
  }
  assert.equal(parseDuration('P2W', 'archive_length'), 14 * 86_400_000);
});

test('what has no fixed length, is nothing or is nonsense is refused with the field and the reason', () => {
  const reasons: [string, RegExp][] = [
    ['P1M', /years and months have no fixed length/],
    ['P1Y', /years and months/],
    ['PT0S', /more than nothing/],
    ['-PT5M', /ISO 8601/],
    ['foo', /ISO 8601/],
    ['', /ISO 8601/],
    ['P', /ISO 8601/],
    ['PT', /ISO 8601/],
    ['PT9999999999999999S', /too long/],
  ];
  for (const [text, reason] of reasons) {
    assert.throws(
      () => parseDuration(text, 'chunk_duration'),
      (error) => error instanceof ReelflowError && error.field === 'chunk_duration' && reason.test(error.message),
      text,
    );
  }
});
