import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfigObj } from '../../../scripts/migrate-pyca/config-obj.ts';

/** `section.key` to value. */
function valuesOf(text: string) {
  const { entries } = parseConfigObj(text);
  return Object.fromEntries(entries.map(({ section, key, value }) => [[...section, key].join('.'), value]));
}

test('sections, subsections, comments, quotes and lists', () => {
  const text = `# pyCA
top = 1
[agent]   # comment
name   = 'hall, 1 # not a comment'   # a comment
plain = some words here # comment
empty =
"quoted key" = "it's"
[capture]
files = '{{dir}}/a.mp4', "{{dir}}/b, c.mp4"
one = 'a/b',
none = ,
bare = a, b
[server]
url = https://x.test/?a=b
  [[service_overrides]]
  'org.opencastproject.ingest' = 'http://i.test'
[ui]
`;
  assert.deepEqual(valuesOf(text), {
    top: '1',
    'agent.name': 'hall, 1 # not a comment',
    'agent.plain': 'some words here',
    'agent.empty': '',
    'agent.quoted key': "it's",
    'capture.files': ['{{dir}}/a.mp4', '{{dir}}/b, c.mp4'],
    'capture.one': ['a/b'],
    'capture.none': [],
    'capture.bare': ['a', 'b'],
    'server.url': 'https://x.test/?a=b',
    'server.service_overrides.org.opencastproject.ingest': 'http://i.test',
  });
});

test('triple quotes go over several lines, and lines are counted on', () => {
  const { entries } = parseConfigObj('[a]\nx = """one\ntwo # no comment\n""" # comment\r\ny = 2');
  assert.deepEqual(
    entries.map(({ key, value, line }) => [key, value, line]),
    [
      ['x', 'one\ntwo # no comment\n', 2],
      ['y', '2', 5],
    ],
  );
});

test('another value of the section or of [DEFAULT] is put in; what is not there is named', () => {
  const { entries, problems } = parseConfigObj(
    '[DEFAULT]\nroom = h1\n[a]\nx = 1\ny = "%(x)s-%(room)s-%03d"\nz = %(no)s',
  );
  assert.equal(entries.find(({ key }) => key === 'y')?.value, '1-h1-%03d');
  assert.deepEqual(problems, [{ line: 6, message: 'z: %(no)s stands for nothing that is known' }]);
});

test('what can not be read is named with its line, and the rest is read', () => {
  const text = "[a\nwords\n[[deep]]\n= 1\nq = 'open\nr = 'a' b\ngood = 1\n[[[x]]]\n";
  const { entries, problems } = parseConfigObj(text);
  assert.deepEqual(
    problems.map(({ line }) => line),
    [1, 2, 3, 4, 5, 6, 8],
  );
  assert.deepEqual(
    entries.map(({ key }) => key),
    ['good'],
  );
  assert.deepEqual(parseConfigObj('x = """never closed\n').problems.length, 1);
});
