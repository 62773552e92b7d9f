import { join } from 'node:path';
import type { NodeAPI } from 'node-red';

/** In the order they stand in the palette; the rest of Node-RED's own follows behind. */
const CATEGORIES = [
  'subflows',
  'reelflow',
  'dashboard 2',
  'common',
  'function',
  'network',
  'sequence',
  'parser',
  'storage',
];

/** The editor under the product's name; settings.ts chooses it by `editorTheme.theme`. */
export default function register(red: NodeAPI): void {
  // Node-RED serves only files below the package's folder, and this one is: from source as from dist/.
  const logo = join(import.meta.dirname, 'icons', 'reelflow.svg');
  red.plugins.registerPlugin('reelflow', {
    type: 'node-red-theme',
    page: { title: 'Reelflow', favicon: logo },
    header: { title: 'Reelflow', image: logo, url: '/dashboard' },
    schemes: ['light', 'dark'],
    palette: {
      categories: {
        order: CATEGORIES,
        descriptions: { reelflow: 'Schedules, cameras, recording, delivery and the dashboard of Reelflow.' },
      },
    },
  });
}
