import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandSpec } from '../../../nodes/core/bus/command.ts';
import { registerIngestCommands } from '../../../nodes/core/ingest/ingest-commands.ts';

test('the verbs for uploads hand the recording on, and take nothing else', async () => {
  const specs = new Map<string, CommandSpec<{ recordingId: string }, unknown>>();
  const asked: string[] = [];
  registerIngestCommands(
    {
      register: (spec) => void specs.set(spec.verb, spec as never),
      dispatch: () => Promise.reject(new Error('not here')),
      verbs: () => [],
    },
    {
      attach: () => () => {},
      accept: () => {},
      upload: (id) => void asked.push(`upload ${id}`),
      cancel: async (id) => void asked.push(`cancel ${id}`),
      progress: () => [],
      onChange: () => () => {},
    },
  );
  const caller = { user: 'a', role: 'operator', via: 'mqtt' } as const;
  for (const [verb, spec] of specs) {
    assert.equal(spec.role, 'operator');
    assert.equal(spec.args.safeParse({}).success, false);
    assert.equal(spec.args.safeParse({ recordingId: 'r', more: 1 }).success, false);
    const args = spec.args.parse({ recordingId: 'r' });
    assert.deepEqual(await spec.run(args, caller, { id: '1', verb, args }), { recordingId: 'r' });
  }
  assert.deepEqual(asked, ['upload r', 'cancel r']);
});
