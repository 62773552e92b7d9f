import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { build, type InlineConfig, type Plugin } from 'vite';
import cssInjectedByJs from 'vite-plugin-css-injected-by-js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The entry of package.json's `node-red-dashboard-2` block that Dashboard 2 reads to find a widget. */
interface WidgetEntry {
  output: string;
  component: string;
}

/**
 * Builds every dashboard widget that package.json names into resources/, one UMD file each.
 *
 * Dashboard 2 imports that file and looks for `window[<node type>][<component>]`, so the library's name is the node type.
 * It loads nothing but the .js: styles are injected by it. Vue and Vuex come from the Dashboard (`window.Vue`, `window.vuex`).
 */
export async function buildWidgets(): Promise<void> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    'node-red-dashboard-2': { widgets: Record<string, WidgetEntry> };
  };
  const widgets = Object.entries(manifest['node-red-dashboard-2'].widgets);
  await Promise.all(widgets.map(([type, widget]) => build(widgetConfig(type, widget))));
}

function widgetConfig(type: string, widget: WidgetEntry): InlineConfig {
  return {
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    // Vue's own switches; without them the bundle asks for `process` in the browser.
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [
      entryOf(join(root, 'dashboard/widgets', type, `${widget.component}.vue`), widget.component),
      vue(),
      cssInjectedByJs(),
    ],
    build: {
      outDir: join(root, 'resources'),
      emptyOutDir: false,
      target: 'es2022',
      lib: { entry: entryId, name: type, formats: ['umd'], fileName: () => widget.output },
      rolldownOptions: {
        external: ['vue', 'vuex'],
        output: { globals: { vue: 'Vue', vuex: 'vuex' }, exports: 'named' },
      },
    },
  };
}

const entryId = 'virtual:widget';

/** Exports the component by its name, which a .vue file can not do by itself. */
function entryOf(componentPath: string, component: string): Plugin {
  return {
    name: 'widget-entry',
    enforce: 'pre',
    // Vite makes an absolute path of a library's entry.
    resolveId: (id) => (id.endsWith(entryId) ? `\0${entryId}` : undefined),
    load: (id) =>
      id === `\0${entryId}` ? `export { default as ${component} } from ${JSON.stringify(componentPath)};` : undefined,
  };
}

if (import.meta.main) await buildWidgets();
