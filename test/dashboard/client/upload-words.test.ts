import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UploadJson } from '../../../dashboard/client/opencast-types.ts';
import { canHurry, stepWords, uploadFigures, waitWords } from '../../../dashboard/client/upload-words.ts';
import { iso, morning } from './recording-json.ts';

function uploadJson(more: Partial<UploadJson> = {}): UploadJson {
  return {
    ingestId: 'i',
    recordingId: 'r',
    title: 'Lecture',
    coreUrl: 'http://core',
    state: 'uploading',
    bytesDone: 100e6,
    bytesTotal: 500e6,
    bytesPerSecond: 4e6,
    attempts: 0,
    ...more,
  };
}

test('figures of an upload: done, rate, time left; at rest only how much it is', () => {
  assert.equal(uploadFigures(uploadJson()), '100 MB of 500 MB · 4.00 MB/s · 2 min left');
  assert.equal(uploadFigures(uploadJson({ bytesPerSecond: 0 })), '100 MB of 500 MB');
  assert.equal(uploadFigures(uploadJson({ state: 'held' })), '500 MB');
  assert.equal(uploadFigures(uploadJson({ state: 'waiting', bytesTotal: 0 })), '');
});

test('the step is said in words', () => {
  const step = { kind: 'track', number: 2, of: 3, input: 'hall' } as const;
  assert.equal(stepWords(uploadJson({ step })), 'Step 2 of 3: the file of hall');
  assert.equal(stepWords(uploadJson()), '');
});

test('why it does not go on is said in words', () => {
  const error = { code: 'OPENCAST_UNREACHABLE', message: 'the core does not answer' };
  assert.equal(
    waitWords(uploadJson({ state: 'retrying', attempts: 3, error }), morning),
    'Try 3 failed: the core does not answer. It is tried again by itself.',
  );
  const unclear = { code: 'INGEST_UNCLEAR', message: 'look whether the core has it' };
  assert.equal(
    waitWords(uploadJson({ state: 'retrying', error: unclear }), morning),
    'It waits for you: look whether the core has it.',
  );
  const waitsUntil = iso(morning + 3_600_000);
  const outside = { code: 'INGEST_OUTSIDE_WINDOW', message: '' };
  assert.match(
    waitWords(uploadJson({ state: 'waiting', waitsUntil, error: outside }), morning),
    /^Outside the hours of uploads: goes on at .*, in 1 h\.$/,
  );
  assert.match(waitWords(uploadJson({ state: 'waiting' }), morning), /another upload/);
  assert.match(waitWords(uploadJson({ state: 'held' }), morning), /Kept back/);
  assert.equal(waitWords(uploadJson(), morning), '');
});

test('only what does not move can be hurried', () => {
  const states = ['waiting', 'held', 'uploading', 'ingesting', 'retrying'] as const;
  assert.deepEqual(
    states.filter((state) => canHurry(uploadJson({ state }))),
    ['waiting', 'held', 'retrying'],
  );
});
