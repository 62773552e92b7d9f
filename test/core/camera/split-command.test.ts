import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitCommand } from '../../../nodes/core/camera/split-command.ts';

test('words, quotes and backslashes, and nothing else of a shell', () => {
  assert.deepEqual(splitCommand('  tool --a 1\n --b=2 '), ['tool', '--a', '1', '--b=2']);
  assert.deepEqual(splitCommand(`tool 'one two' "three 'four'" fi"v"e ''`), [
    'tool',
    'one two',
    "three 'four'",
    'five',
    '',
  ]);
  assert.deepEqual(splitCommand(String.raw`tool a\ b "c\"d" 'e\f'`), ['tool', 'a b', 'c"d', String.raw`e\f`]);
  assert.deepEqual(splitCommand('tool $HOME `ls` ; rm * | cat > x'), 'tool $HOME `ls` ; rm * | cat > x'.split(' '));
  assert.deepEqual(splitCommand(''), []);
});

test('an open quote is an error that names the field', () => {
  assert.throws(() => splitCommand('tool "one'), { code: 'CONFIG_INVALID', field: 'command' });
});
