import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toolEnvironment } from '../../../nodes/adapters/process/tool-environment.ts';
import { sourceFiles } from '../../fixtures/sources.ts';

test('tools get our environment without what opens doors, and speak English', () => {
  const ours = {
    PATH: '/bin',
    HOME: '/root',
    REELFLOW_S3_SECRET_KEY: 'a',
    PG_DSN: 'b',
    AWS_PROFILE: 'c',
    MY_TOKEN: 'd',
    LANG: 'de_DE.UTF-8',
    LC_ALL: 'de_DE.UTF-8',
    LANGUAGE: 'de',
  };
  const { LANG } = ours;
  assert.deepEqual(toolEnvironment(ours), { PATH: '/bin', HOME: '/root', LANG, LC_ALL: 'C.UTF-8' });
});

test('every program is started with an environment that was chosen for it', () => {
  const starts = sourceFiles('nodes/**/*.ts').filter(({ text }) => /from '(node:child_process|execa)'/.test(text));
  assert.ok(starts.length >= 10);
  const careless = starts.filter(({ text }) => {
    const calls = text.match(/\b(spawn|execa|execFile|fork)\(/g)?.length ?? 0;
    return calls > (text.match(/\benv: /g)?.length ?? 0);
  });
  assert.deepEqual(
    careless.map(({ path }) => path),
    [],
  );
});
