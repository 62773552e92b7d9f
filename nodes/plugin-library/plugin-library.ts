import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import { ScenarioLibrary } from './scenario-library.ts';

/** Offers the shipped scenarios in the editor's Import dialog; settings.ts names the source `reelflow-scenarios`. */
export default function register(red: NodeAPI): void {
  const { reelflow } = red.settings;
  if (!reelflow) return;
  const folder = join(reelflow.packageRoot, 'flows', 'scenarios');
  red.plugins.registerPlugin('reelflow-scenarios', {
    type: 'node-red-library-source',
    class: class extends ScenarioLibrary {
      constructor() {
        super(folder);
      }
    },
  });
}
