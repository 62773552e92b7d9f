import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultNameTemplate, renderName, templateProblem } from '../../../nodes/core/delivery/name-template.ts';
import { planNames } from '../../../nodes/core/delivery/planned-names.ts';
import type { Recording, RecordingTrack } from '../../../nodes/core/recording/recording.ts';
import { makeRecording } from '../../fixtures/make-recording.ts';

const track: RecordingTrack = {
  input: 'hall',
  flavor: 'presenter/source',
  path: '/data/recordings/x/hall.MP4',
  mimeType: 'video/mp4',
  sizeBytes: 1,
  durationMs: 1,
};
const name = (template: string, fields: Partial<Recording> = {}, zone = 'Europe/Berlin') =>
  renderName(template, makeRecording({ tracks: [track], ...fields }), track, zone);
const bytes = (text: string) => new TextEncoder().encode(text).length;

test('every placeholder has its value; date and time are those of the place', () => {
  assert.equal(name(defaultNameTemplate), '2026-11-21 11-15-00 Physics');
  assert.equal(name(defaultNameTemplate, {}, 'America/New_York'), '2026-11-21 05-15-00 Physics');
  assert.equal(
    name('{{series}}/{{ location }}/{{input}}_{{flavor}}_{{id}}_{{ext}}.{{ext}}'),
    'Physics I/Hall 1/hall_presenter-source_20261121T101500Z-3f9a1c_mp4',
  );
});

test('what values hold makes no folders, leaves no folder, and is allowed everywhere', () => {
  assert.equal(name('{{title}}', { title: '../../etc/passwd' }), 'etc-passwd');
  assert.equal(name('{{title}}', { title: 'a/b\\c:d*e?f"g<h>i|j\u0000k\nl' }), 'a-b-c-defghi-j k l');
  assert.equal(name('{{title}}', { title: '..' }), '20261121T101500Z-3f9a1c');
  assert.equal(name('{{title}}', { title: '.hidden. ' }), 'hidden');
  assert.equal(name('{{title}}', { title: 'con' }), '_con');
  assert.equal(name('{{title}}', { title: 'lpt1.mp4' }), '_lpt1.mp4');
  assert.equal(name('{{title}}', { title: 'mp4\u202egnp.exe' }), 'mp4 gnp.exe');
  assert.equal(name('{{title}}', { title: 'e\u0301t\u00e9 \ud800' }), '\u00e9t\u00e9 \ufffd');
  assert.equal(name('/../{{title}}/./x'), 'Physics/x');
});

test('what is empty leaves no trace', () => {
  const event = { ...makeRecording().event };
  delete event.location;
  assert.equal(name('{{location}}/{{title}} - {{location}}', { event }), 'Physics');
  assert.equal(name('{{location}}', { event }), '20261121T101500Z-3f9a1c');
});

test('a name stays below what file systems take, cut between characters', () => {
  const long = name('{{title}}/{{title}}', { title: '\u{1f600}\u00e4'.repeat(300) });
  for (const segment of long.split('/')) {
    assert.ok(bytes(segment) > 170 && bytes(segment) <= 180, String(bytes(segment)));
    assert.ok(segment.isWellFormed());
  }
});

test('a template that can not be understood is refused with the reason', () => {
  assert.equal(templateProblem('{{date}} {{ title }}.{{ext}}'), undefined);
  assert.match(templateProblem('{{titel}}') ?? '', /\{\{titel\}\}, which is not known; there are \{\{date\}\}/);
  assert.match(templateProblem('{{title') ?? '', /without/);
  assert.match(templateProblem('x'.repeat(501)) ?? '', /longer/);
  assert.match(templateProblem('a/b/c/d/e/f/g/h/i') ?? '', /sub-folders/);
});

test('tracks of one recording get names of their own, the sidecar stands beside the first', () => {
  const screen = { ...track, input: 'screen', flavor: 'presentation/source', path: '/x/screen.mkv' };
  const twin = { ...track, flavor: 'presenter/audio' };
  const plan = (tracks: RecordingTrack[], template: string, number?: number) =>
    planNames(makeRecording({ tracks }), template, number, 'UTC');
  assert.deepEqual(plan([track], '{{title}}'), { tracks: ['Physics.mp4'], sidecar: 'Physics.json' });
  assert.deepEqual(plan([track], '{{title}}', 2), { tracks: ['Physics (2).mp4'], sidecar: 'Physics (2).json' });
  assert.deepEqual(plan([track, screen], '{{title}}'), {
    tracks: ['Physics - hall.mp4', 'Physics - screen.mkv'],
    sidecar: 'Physics.json',
  });
  assert.deepEqual(plan([track, screen], '{{title}}/{{input}}').tracks, ['Physics/hall.mp4', 'Physics/screen.mkv']);
  assert.deepEqual(plan([track, twin], '{{title}}').tracks, [
    'Physics - hall - presenter-source.mp4',
    'Physics - hall - presenter-audio.mp4',
  ]);
  assert.deepEqual(plan([track, track], '{{input}}').tracks, [
    'hall - presenter-source - 1.mp4',
    'hall - presenter-source - 2.mp4',
  ]);
  assert.equal(plan([{ ...track, path: '/x/report.json' }], '{{title}}').sidecar, 'Physics.recording.json');
  const long = planNames(
    makeRecording({ title: 'x'.repeat(300), tracks: [track, { ...screen, input: 'y'.repeat(300) }] }),
    '{{title}}',
    999,
  );
  for (const one of [...long.tracks, long.sidecar]) assert.ok(bytes(`${one}.partial`) <= 255, one);
});
