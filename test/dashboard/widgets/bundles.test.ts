import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import * as vue from 'vue';
import { readManifest, repository } from '../../fixtures/sources.ts';

const { widgets } = readManifest()['node-red-dashboard-2'] as {
  widgets: Record<string, { output: string; component: string }>;
};

for (const [type, { output, component }] of Object.entries(widgets)) {
  test(`${output} is found by Dashboard 2 as ${type}.${component}, and brings its styles`, () => {
    const text = readFileSync(join(repository, 'resources', output), 'utf8');
    const styles: string[] = [];
    const element = { appendChild: (child: string) => styles.push(child) };
    const document = {
      createElement: () => element,
      createTextNode: (style: string) => style,
      head: { appendChild: () => {} },
    };
    const page = createContext({ Vue: vue, vuex: { useStore: () => ({}) }, document });
    runInContext('globalThis.window = globalThis', page);
    runInContext(text, page);
    const found = runInContext(`globalThis[${JSON.stringify(type)}]`, page) as Record<string, { setup?: unknown }>;
    assert.equal(typeof found[component]?.setup, 'function');
    assert.match(styles.join(''), /\.rf-card/);
    assert.doesNotMatch(text, /process\.env/, 'there is no process in a browser');
    assert.ok(text.length < 200_000, `${text.length} characters`);
  });
}
