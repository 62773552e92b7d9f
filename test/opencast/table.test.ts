import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

test('each test that the table names has the id of its case in a name', () => {
  const rows = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8').matchAll(/^\| (A\d\d) \|.*\|(.*)\|$/gm);
  let cases = 0;
  for (const [, id = '', shownBy = ''] of rows) {
    cases += 1;
    for (const [, file = ''] of shownBy.matchAll(/`([^`]+\.test\.ts)`/g)) {
      const names =
        readFileSync(join(import.meta.dirname, file), 'utf8')
          .match(/test\(\s*['"`].*/g)
          ?.join('\n') ?? '';
      assert.match(names, new RegExp(`\\b${id}\\b`), `${id} in ${file}`);
    }
  }
  assert.equal(cases, 36);
});
