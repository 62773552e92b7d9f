import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { AuditEntry } from '../../../nodes/core/access/audit.ts';
import type { Caller, CommandSpec } from '../../../nodes/core/bus/command.ts';
import { CommandDispatcher, type CommandLimits } from '../../../nodes/core/bus/command-dispatcher.ts';
import type { KeptCommand } from '../../../nodes/core/bus/command-memory.ts';
import { ReelflowError } from '../../../nodes/core/errors.ts';
import { FakeClock } from '../../fixtures/fake-clock.ts';
import { quietLog } from '../../fixtures/recording-bench.ts';

const operator: Caller = { user: 'olaf', role: 'operator', via: 'mqtt' };
const viewer: Caller = { user: 'eva', role: 'viewer', via: 'mqtt' };

function makeBench(limits: Partial<CommandLimits> = {}, kept?: Map<string, unknown>) {
  const clock = new FakeClock('2026-11-21T10:00:00.000Z');
  const audit: AuditEntry[] = [];
  const memory = kept && {
    memory: {
      load: () => (structuredClone(kept.get('commands')) ?? []) as KeptCommand[],
      save: (commands: readonly KeptCommand[]) => void kept.set('commands', structuredClone([...commands])),
    },
  };
  const dispatcher = new CommandDispatcher({
    clock,
    loop: clock.loop,
    log: quietLog,
    audit: { append: (entry) => void audit.push(entry), list: () => audit },
    limits,
    ...memory,
  });
  const runs: unknown[] = [];
  const lamp: CommandSpec<{ level: number; password?: string | undefined }, { level: number }> = {
    verb: 'lamp/on',
    role: 'operator',
    args: z.strictObject({ level: z.number().int().min(0).max(10).default(5), password: z.string().optional() }),
    run: (args) => {
      runs.push(args);
      return Promise.resolve({ level: args.level });
    },
  };
  dispatcher.register(lamp);
  return { clock, dispatcher, runs, audit };
}

test('a command is validated, defaulted, run and answered', async () => {
  const { dispatcher, runs, audit } = makeBench();
  assert.deepEqual(await dispatcher.dispatch({ id: 'a', verb: 'lamp/on', args: {} }, operator), {
    id: 'a',
    ok: true,
    result: { level: 5 },
  });
  assert.deepEqual(runs, [{ level: 5 }]);
  assert.deepEqual(audit, [
    {
      at: Date.parse('2026-11-21T10:00:00.000Z'),
      user: 'olaf',
      via: 'mqtt',
      action: 'lamp/on',
      detail: '',
      isOk: true,
    },
  ]);
});

test('bad arguments are refused with the field, and nothing is run', async () => {
  const { dispatcher, runs } = makeBench();
  for (const [args, field, words] of [
    [{ level: 11 }, 'level', '<=10'],
    [{ level: 'bright' }, 'level', 'number'],
    [{ colour: 'red' }, 'colour', 'not a field'],
    [7, undefined, 'object'],
  ] as const) {
    const reply = await dispatcher.dispatch({ id: crypto.randomUUID(), verb: 'lamp/on', args }, operator);
    assert.ok(!reply.ok);
    assert.equal(reply.error.code, 'VALIDATION');
    assert.equal(reply.error.field, field);
    assert.match(reply.error.message, new RegExp(words));
  }
  assert.deepEqual(runs, []);
});

test('an unknown verb, a missing right, a bad id and a failing run are answers too, and audited', async () => {
  const { dispatcher, audit } = makeBench();
  dispatcher.register({
    verb: 'lamp/break',
    role: 'viewer',
    args: z.strictObject({}),
    run: () => Promise.reject(new ReelflowError('LAMP_DEAD', 'http://user:secret@lamp/ is dead', { field: 'lamp' })),
  });
  dispatcher.register({
    verb: 'lamp/throw',
    role: 'viewer',
    args: z.strictObject({}),
    run: () => {
      throw new TypeError('oops');
    },
  });
  const codes = [];
  for (const [verb, caller, id] of [
    ['lamp/off', operator, 'a'],
    ['lamp/on', viewer, 'b'],
    ['lamp/on', operator, 'two words'],
    ['lamp/break', viewer, 'c'],
    ['lamp/throw', viewer, 'd'],
    ['__proto__', operator, 'e'],
  ] as const) {
    const reply = await dispatcher.dispatch({ id, verb, args: {} }, caller);
    assert.ok(!reply.ok);
    assert.equal(reply.id, id);
    assert.doesNotMatch(reply.error.message, /secret/);
    codes.push(reply.error.code);
  }
  assert.deepEqual(codes, ['VERB_UNKNOWN', 'FORBIDDEN', 'VALIDATION', 'LAMP_DEAD', 'INTERNAL', 'VERB_UNKNOWN']);
  assert.equal(audit.length, 6);
  assert.ok(audit.every((entry) => !entry.isOk));
});

test('the same id is run once: while it runs, after it, until an hour later', async () => {
  const { clock, dispatcher, runs } = makeBench();
  const { promise: hold, resolve: letGo } = Promise.withResolvers<void>();
  let count = 0;
  dispatcher.register({
    verb: 'lamp/slow',
    role: 'operator',
    args: z.strictObject({}),
    run: async () => {
      count += 1;
      await hold;
      return count;
    },
  });
  const give = () => dispatcher.dispatch({ id: 'same', verb: 'lamp/slow', args: {} }, operator);
  const both = [give(), give()];
  await clock.settle();
  letGo();
  assert.deepEqual(await Promise.all(both), [
    { id: 'same', ok: true, result: 1 },
    { id: 'same', ok: true, result: 1 },
  ]);
  await clock.pass(3590_000);
  assert.deepEqual(await give(), { id: 'same', ok: true, result: 1 });
  const reused = await dispatcher.dispatch({ id: 'same', verb: 'lamp/on', args: {} }, operator);
  assert.equal(!reused.ok && reused.error.code, 'ID_REUSED');
  // Somebody else may use the same id.
  const other = await dispatcher.dispatch({ id: 'same', verb: 'lamp/on', args: {} }, { ...operator, user: 'anna' });
  assert.ok(other.ok);
  await clock.pass(20_000);
  assert.deepEqual(await give(), { id: 'same', ok: true, result: 2 });
  assert.equal(runs.length, 1);
});

test('at: acts at that instant of the wall clock, whatever is done to it meanwhile', async () => {
  const { clock, dispatcher, runs } = makeBench();
  const at = clock.now() + 60_000;
  let reply: unknown;
  const dispatched = dispatcher.dispatch({ id: 'later', verb: 'lamp/on', args: {}, at }, operator).then((answer) => {
    reply = answer;
  });
  await clock.pass(50_000);
  assert.equal(runs.length, 0);
  // Set back by half a minute: 40 s are left.
  await clock.step(-30_000);
  await clock.pass(30_000);
  assert.equal(runs.length, 0);
  await clock.pass(10_000);
  await dispatched;
  assert.deepEqual(reply, { id: 'later', ok: true, result: { level: 5 } });
});

test('at: too far ahead or over is refused; a little late is done at once', async () => {
  const { clock, dispatcher, runs } = makeBench();
  const codeFor = async (offsetMs: number) => {
    const at = clock.now() + offsetMs;
    const reply = await dispatcher.dispatch(
      { id: `o${offsetMs}`.replace('-', 'm'), verb: 'lamp/on', args: {}, at },
      operator,
    );
    return reply.ok ? 'ok' : reply.error.code;
  };
  assert.equal(await codeFor(25 * 3600_000), 'AT_TOO_FAR');
  assert.equal(await codeFor(Number.NaN), 'AT_TOO_FAR');
  assert.equal(await codeFor(-6000), 'AT_PASSED');
  assert.equal(await codeFor(-2000), 'ok');
  assert.equal(runs.length, 1);
});

test('what waits is answered when the runtime stops, and may be given again', async () => {
  const { clock, dispatcher, runs } = makeBench();
  const waiting = dispatcher.dispatch({ id: 'w', verb: 'lamp/on', args: {}, at: clock.now() + 5000 }, operator);
  await clock.settle();
  dispatcher.close();
  const reply = await waiting;
  assert.equal(!reply.ok && reply.error.code, 'AGENT_STOPPING');
  await clock.pass(10_000);
  assert.deepEqual(runs, []);
});

test('a run that never ends is answered', async () => {
  const { clock, dispatcher } = makeBench({ timeoutMs: 3000 });
  dispatcher.register({
    verb: 'lamp/hang',
    role: 'operator',
    args: z.strictObject({}),
    run: () => new Promise(() => {}),
  });
  const hanging = dispatcher.dispatch({ id: 'h', verb: 'lamp/hang', args: {} }, operator);
  await clock.pass(4000);
  const reply = await hanging;
  assert.equal(!reply.ok && reply.error.code, 'COMMAND_TIMEOUT');
});

test('memory is bounded, and what is under way is not forgotten for it', async () => {
  const { clock, dispatcher } = makeBench({ mostRemembered: 3 });
  const at = clock.now() + 5000;
  const give = (id: string, when?: number) =>
    dispatcher.dispatch({ id, verb: 'lamp/on', args: {}, ...(when ? { at: when } : {}) }, operator);
  for (const id of ['a', 'b', 'c', 'd', 'e']) assert.ok((await give(id)).ok);
  const waiting = ['w1', 'w2', 'w3'].map((id) => give(id, at));
  await clock.settle();
  const refused = await give('f');
  assert.equal(!refused.ok && refused.error.code, 'TOO_MANY_COMMANDS');
  await clock.pass(6000);
  assert.ok((await Promise.all(waiting)).every((reply) => reply.ok));
});

test('after a restart the same id is not run again; one that was cut off says so', async () => {
  const kept = new Map<string, unknown>();
  const first = makeBench({}, kept);
  assert.ok((await first.dispatcher.dispatch({ id: 'done', verb: 'lamp/on', args: { level: 3 } }, operator)).ok);
  first.dispatcher.register({
    verb: 'lamp/hang',
    role: 'operator',
    args: z.strictObject({}),
    run: () => new Promise(() => {}),
  });
  void first.dispatcher.dispatch({ id: 'cut', verb: 'lamp/hang', args: {} }, operator);
  await first.clock.settle();
  assert.equal((kept.get('commands') as KeptCommand[]).length, 2);

  const second = makeBench({}, kept);
  second.dispatcher.register({
    verb: 'lamp/hang',
    role: 'operator',
    args: z.strictObject({}),
    run: () => Promise.resolve('ran again'),
  });
  assert.deepEqual(await second.dispatcher.dispatch({ id: 'done', verb: 'lamp/on', args: { level: 3 } }, operator), {
    id: 'done',
    ok: true,
    result: { level: 3 },
  });
  const cut = await second.dispatcher.dispatch({ id: 'cut', verb: 'lamp/hang', args: {} }, operator);
  assert.equal(!cut.ok && cut.error.code, 'COMMAND_INTERRUPTED');
  assert.equal(cut.id, 'cut');
  assert.deepEqual(second.runs, []);
});

test('the audit log has no secrets and no novels', async () => {
  const { dispatcher, audit } = makeBench();
  await dispatcher.dispatch({ id: 'a', verb: 'lamp/on', args: { level: 1, password: 'hunter2' } }, operator);
  await dispatcher.dispatch({ id: 'b', verb: 'lamp/on', args: { note: 'x'.repeat(5000) } }, operator);
  assert.match(audit[0]?.detail ?? '', /"level":1/);
  assert.doesNotMatch(audit[0]?.detail ?? '', /hunter2/);
  assert.ok((audit[1]?.detail.length ?? 999) < 260);
});

test('verbs come and go; one that ends in /# takes what nobody else has', async () => {
  const { dispatcher } = makeBench();
  const until = new AbortController();
  const heard: string[] = [];
  const any = {
    role: 'viewer',
    args: z.record(z.string(), z.unknown()),
    run: (_args: unknown, _caller: Caller, { verb }: { verb: string }) => Promise.resolve(heard.push(verb)),
  } as const;
  dispatcher.register({ ...any, verb: 'lamp/#' }, until.signal);
  assert.throws(() => dispatcher.register({ ...any, verb: 'lamp/on' }), { code: 'VERB_TAKEN' });
  assert.throws(() => dispatcher.register({ ...any, verb: 'lamp on' }), { code: 'VERB_INVALID' });
  assert.ok((await dispatcher.dispatch({ id: '1', verb: 'lamp/on', args: {} }, operator)).ok);
  assert.ok((await dispatcher.dispatch({ id: '2', verb: 'lamp/colour/red', args: { a: 1 } }, viewer)).ok);
  assert.deepEqual(heard, ['lamp/colour/red']);
  assert.deepEqual(
    dispatcher.verbs().map(({ verb }) => verb),
    ['lamp/#', 'lamp/on'],
  );
  until.abort();
  const gone = await dispatcher.dispatch({ id: '3', verb: 'lamp/colour/red', args: {} }, viewer);
  assert.equal(!gone.ok && gone.error.code, 'VERB_UNKNOWN');
  dispatcher.register({ ...any, verb: 'lamp/#' });
});
