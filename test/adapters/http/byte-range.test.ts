import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseByteRange } from '../../../nodes/adapters/http/byte-range.ts';

test('reads the three forms of a single range', () => {
  assert.deepEqual(parseByteRange('bytes=0-99', 1000), { first: 0, last: 99 });
  assert.deepEqual(parseByteRange('bytes=500-', 1000), { first: 500, last: 999 });
  assert.deepEqual(parseByteRange('bytes=-200', 1000), { first: 800, last: 999 });
});

test('a range that goes beyond the end stops at the end', () => {
  assert.deepEqual(parseByteRange('bytes=900-5000', 1000), { first: 900, last: 999 });
  assert.deepEqual(parseByteRange('bytes=-5000', 1000), { first: 0, last: 999 });
  assert.deepEqual(parseByteRange('bytes=0-0', 1), { first: 0, last: 0 });
});

test('a range outside the file can not be satisfied', () => {
  assert.equal(parseByteRange('bytes=1000-', 1000), 'unsatisfiable');
  assert.equal(parseByteRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(parseByteRange('bytes=-0', 1000), 'unsatisfiable');
});

test('what is not understood means the whole file', () => {
  for (const header of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=9-3',
    'bytes=0-1,4-5',
    'lines=1-2',
  ]) {
    assert.equal(parseByteRange(header, 1000), undefined, String(header));
  }
});
