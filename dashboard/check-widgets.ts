import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileScript, parse } from 'vue/compiler-sfc';

const dashboard = fileURLToPath(new URL('.', import.meta.url));
const root = dirname(dashboard.replace(/\/$/, ''));
const generated = join(root, '.cache/vue-types');

/**
 * Type-checks the widgets. There is no vue-tsc for TypeScript 7, so each component is compiled to TypeScript, template
 * included, beside which its imports resolve (`rootDirs`); what tsc says of the generated code is what is wrong in the
 * component. Returns the complaints; none: all is well.
 */
export function checkWidgets(): string[] {
  rmSync(generated, { recursive: true, force: true });
  for (const file of globSync('{parts,widgets}/**/*.vue', { cwd: dashboard })) {
    const target = join(generated, `${file}.ts`);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, typeScriptOf(file));
  }
  writeFileSync(join(generated, 'vue.d.ts'), vueOfTemplates);
  writeFileSync(join(generated, 'tsconfig.json'), JSON.stringify(settings(), null, 2));
  const tsc = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', generated, '--pretty', 'false'], {
    encoding: 'utf8',
  });
  return tsc.status === 0 ? [] : tsc.stdout.trim().split('\n');
}

function typeScriptOf(file: string): string {
  const text = readFileSync(join(dashboard, file), 'utf8');
  // A component of a template alone.
  const source = /<script\b/.test(text) ? text : `<script setup lang="ts">// none</script>\n${text}`;
  const { descriptor, errors } = parse(source, { filename: join(dashboard, file) });
  if (errors.length > 0) throw new Error(`${file}: ${String(errors[0])}`);
  const { content } = compileScript(descriptor, { id: file, inlineTemplate: true });
  const props = /defineProps<(\{[\s\S]*?\})>\(\)/.exec(source)?.[1];
  return props === undefined ? content : content.replace('setup(__props: any', `setup(__props: ${props}`);
}

/** Vue's helpers for compiled templates are typed for speed of compiling, or not at all. */
const vueTypes = '../../node_modules/vue/dist/vue.js';
const vueOfTemplates = `
import type { Ref } from '${vueTypes}';
export * from '${vueTypes}';
export declare function renderList<T>(list: readonly T[] | undefined, draw: (item: T, index: number) => unknown): any;
export declare function useModel<T>(props: unknown, name: string): Ref<T>;
export declare function mergeModels(a: any, b: any): any;
`;

function settings() {
  const from = relative(generated, dashboard);
  return {
    extends: join(from, 'tsconfig.json'),
    compilerOptions: {
      module: 'esnext',
      moduleResolution: 'bundler',
      allowImportingTsExtensions: true,
      rewriteRelativeImportExtensions: false,
      noEmit: true,
      rootDir: relative(generated, root),
      paths: { vue: ['./vue.d.ts'] },
      rootDirs: [from, '.'],
      // Vue's own generated code leaves some behind.
      noUnusedLocals: false,
      noUnusedParameters: false,
      allowArbitraryExtensions: true,
    },
    include: ['**/*.ts', join(from, 'client/**/*.ts')],
  };
}

if (import.meta.main) {
  const complaints = checkWidgets();
  for (const complaint of complaints) console.error(complaint);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}
