import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type EffectScope, effectScope, nextTick, shallowReactive, shallowRef } from 'vue';
import { Api } from '../../../dashboard/client/api.ts';
import type { LiveState } from '../../../dashboard/client/live.ts';
import { type ListFilter, listFilters } from '../../../dashboard/client/recording-list.ts';
import { type RecordingPages, useRecordingPages } from '../../../dashboard/client/recording-pages.ts';
import type { RecordingJson } from '../../../dashboard/client/types.ts';
import { until } from '../../fixtures/until.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { morning, recordingJson } from './recording-json.ts';

const hour = 3_600_000;
let server: ApiServer;
let scope: EffectScope;
beforeEach(async () => {
  server = await startApiServer();
  scope = effectScope();
});
afterEach(async () => {
  scope.stop();
  await server.stop();
});

interface Opened extends RecordingPages {
  state: LiveState;
  filter: { value: ListFilter };
  search: { value: string };
}

/** The page knows `newest`; the station has more when there is a cursor. */
function open(newest: RecordingJson[], olderCursor: string | undefined): Opened {
  const state = shallowReactive({
    recordings: newest,
    olderCursor,
    removedIds: [] as string[],
  }) as unknown as LiveState;
  const filter = shallowRef(listFilters[0] as ListFilter);
  const search = shallowRef('');
  const pages = scope.run(() => useRecordingPages({ api: new Api({ base: server.url }), state }, filter, search));
  assert.ok(pages);
  return { ...pages, state, filter, search };
}

const answer = (recordings: RecordingJson[], next?: string) =>
  server.answers.set('GET /api/v1/recordings', { body: { recordings, next } });
const ids = ({ found }: Opened) => found.value.map(({ id }) => id);
const asked = () => server.requests.map(({ path }) => new URL(path, 'http://x').searchParams);

test('older ones come page by page behind the newest, each once, until there are no more', async () => {
  const pages = open([recordingJson('new', morning)], 'behind-new');
  answer([recordingJson('old', morning - hour)], 'behind-old');
  await pages.load();
  assert.deepEqual(ids(pages), ['new', 'old']);
  assert.equal(pages.hasMore.value, true);
  answer([recordingJson('old', morning - hour), recordingJson('oldest', morning - 2 * hour)]);
  await pages.load();
  assert.deepEqual(ids(pages), ['new', 'old', 'oldest']);
  assert.equal(pages.hasMore.value, false);
  assert.deepEqual(
    asked().map((query) => query.get('cursor')),
    ['behind-new', 'behind-old'],
  );
});

test('a search shows at once what is known, and asks the station for the rest', async () => {
  const pages = open([recordingJson('alpha', morning), recordingJson('beta', morning)], 'behind');
  answer([recordingJson('alpha 2', morning - hour)]);
  pages.search.value = 'lecture alpha';
  assert.deepEqual(ids(pages), ['alpha']);
  await until(() => ids(pages).includes('alpha 2'), { what: 'the older one' });
  assert.equal(asked()[0]?.get('q'), 'lecture alpha');
  pages.filter.value = listFilters.at(-1) as ListFilter;
  await until(() => asked().some((query) => query.get('problem') === 'true'), { what: 'the question for problems' });
});

test('what changes or goes meanwhile is up to date, older ones too', async () => {
  const pages = open([recordingJson('new', morning)], 'behind');
  answer([recordingJson('old', morning - hour), recordingJson('gone', morning - hour)]);
  await pages.load();
  pages.state.recordings = [
    recordingJson('new', morning),
    recordingJson('old', morning - hour, { title: 'Lecture, renamed' }),
  ];
  pages.state.removedIds = ['gone'];
  await nextTick();
  assert.deepEqual(
    pages.found.value.map(({ title }) => title),
    ['Lecture new', 'Lecture, renamed'],
  );
});

test('a station with no more than the page knows is not asked', () => {
  const pages = open([recordingJson('a', morning)], undefined);
  pages.search.value = 'x';
  assert.equal(pages.hasMore.value, false);
  assert.deepEqual(server.requests, []);
});
