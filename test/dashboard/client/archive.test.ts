import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelJson, StretchJson } from '../../../dashboard/client/archive-types.ts';
import {
  movedEnd,
  piecesOf,
  pressed,
  timeAt,
  windowOf,
  xOf,
  zoomedEnd,
  zooms,
} from '../../../dashboard/client/archive-window.ts';
import { fieldsOf, formProblem, settingsOf } from '../../../dashboard/client/channel-form.ts';
import { channelLook, holeSentence, stretchSentence } from '../../../dashboard/client/channel-words.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();
const hour = 3_600_000;

const channel = (more: Partial<ChannelJson> = {}): ChannelJson => ({
  ...{ name: 'news', sourceUrls: ['https://***@h/live.m3u8'], sourceKind: 'auto', chunkMs: 300_000, isEnabled: true },
  ...{ retentionMs: 7 * 24 * hour, storeId: 'folder', requiredKinds: [], isHlsEncrypted: false },
  archive: { chunkCount: 3, partialCount: 0, sizeBytes: 1000 },
  ...more,
});
const source = (ageMs: number) => ({
  ...{ start: iso(now - hour), end: iso(now - ageMs), targetDurationMs: 2000, isEnded: false, askedAt: iso(now) },
});
const stretch = (kind: StretchJson['kind'], fromMs: number, toMs: number, more: Partial<StretchJson> = {}) => ({
  ...{ kind, start: iso(fromMs), end: iso(toMs), chunkCount: 1, sizeBytes: 1, holes: [], holeCount: 0 },
  ...{ missingKinds: [], ...more },
});

test('a channel says in one word how it is', () => {
  const trouble = { code: 'SOURCE_UNREACHABLE', message: 'away' };
  const words = [
    channel({ source: source(4000) }),
    channel({ source: source(60_000) }),
    channel({ source: { ...source(4000), isEnded: true } }),
    channel({ source: source(4000), trouble }),
    channel({ isEnabled: false, trouble }),
    channel(),
  ].map((one) => channelLook(one, now).word);
  assert.deepEqual(words, ['Live', 'Late', 'Ended', 'Trouble', 'Paused', 'Connecting']);
});

test('gaps are told in words', () => {
  const missing = stretch('missing', 0, 1, { reason: { code: 'SOURCE_AWAY', message: 'the source was away' } });
  assert.equal(stretchSentence(missing), 'The source was away.');
  const holed = stretch('holed', 0, 1, { holeCount: 2, missingKinds: ['audio'] });
  assert.equal(stretchSentence(holed), '2 holes. Without sound.');
  const hole = { start: iso(now), end: iso(now + 4000), track: 'main', code: 'SEGMENT_LOST' };
  assert.match(holeSentence(hole), /^everything from .*\(4 s\): the source had it and did not give it$/);
  assert.match(holeSentence({ ...hole, kind: 'audio', code: 'KIND_MISSING' }), /^sound from .* went on without it$/);
});

test('the window follows the clock until somebody goes back, and again when it comes back to it', () => {
  const [, hourZoom, , dayZoom] = zooms;
  assert.ok(hourZoom && dayZoom);
  const shown = windowOf(hourZoom, undefined, now);
  assert.ok(shown.to > now && shown.to - shown.from === hour);
  const back = movedEnd(shown, -1, now);
  assert.ok(back !== undefined && back < now);
  assert.equal(movedEnd(windowOf(hourZoom, back, now), 1, now), undefined, 'and is at the clock');
  const far = now - 100 * hour;
  const middle = far - hour / 2;
  const end = zoomedEnd(windowOf(hourZoom, far, now), dayZoom, now);
  assert.equal(end, middle + 12 * hour, 'another zoom keeps the middle');
});

test('what is missing is never too narrow to be seen or pressed, and its time is found again', () => {
  const shown = { from: now - 24 * hour, to: now };
  const missingAt = now - 12 * hour;
  const pieces = piecesOf(
    [
      stretch('whole', now - 30 * hour, missingAt),
      stretch('missing', missingAt, missingAt + 10_000),
      stretch('holed', missingAt + 10_000, now, {
        holeCount: 1,
        holes: [{ start: iso(now - 1000), end: iso(now), track: 'main', code: 'SEGMENT_LOST' }],
      }),
    ],
    shown,
    960,
  );
  assert.deepEqual(
    pieces.map(({ x, width }) => [Math.round(x), Math.round(width)]),
    [
      [0, 480],
      [480, 3],
      [480, 480],
    ],
  );
  const under = (x: number) => [pressed(pieces, x)?.stretch.kind, pressed(pieces, x)?.isGap];
  assert.deepEqual(under(474), ['missing', true], 'a finger beside it');
  assert.deepEqual(under(300), ['whole', false]);
  assert.deepEqual(under(600), ['holed', false], 'beside its hole it plays');
  assert.deepEqual(under(955), ['holed', true]);
  assert.ok(
    pieces.every(({ x, width, notches }) => x + width <= 960.5 && notches.every((one) => one.x + one.width <= 960.5)),
  );
  assert.equal(timeAt(xOf(missingAt, shown, 960), shown, 960), missingAt);
});

test('the form sends what it shows, keeps what it does not, and says what is missing', () => {
  const before = channel({ sourceUrls: ['http://a/', 'http://b/', 'http://c/'], retentionBytes: 5e9 });
  const fields = fieldsOf(before);
  assert.deepEqual([fields.retentionDays, fields.retentionGb, formProblem(fields)], ['7', '5', '']);
  const sent = settingsOf({ ...fields, retentionDays: '0.5', retentionGb: '' }, before);
  assert.deepEqual(sent['sourceUrls'], before.sourceUrls);
  assert.deepEqual([sent['retentionMs'], sent['retentionBytes']], [12 * hour, null]);
  assert.match(formProblem(fieldsOf(undefined)), /name/);
  assert.match(formProblem({ ...fields, retentionDays: 'x' }), /days/);
  assert.match(formProblem({ ...fields, retentionGb: '-1' }), /size/);
});
