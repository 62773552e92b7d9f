import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeAPI } from 'node-red';
import { pluginLog } from '../../nodes/kit/plugin-log.ts';

test('what comes from outside can not write a line of its own into the log', () => {
  const lines: string[] = [];
  const note = (text: string) => void lines.push(text);
  const log = pluginLog({ log: { debug: note, info: note, warn: note, error: note } } as unknown as NodeAPI, 'bus');
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    log[level]('"x\r\n26 Nov 19:07:36 - [info] forged\u001b[2K" was started');
  }
  assert.deepEqual([...new Set(lines)], ['[bus] "x 26 Nov 19:07:36 - [info] forged [2K" was started']);
});
