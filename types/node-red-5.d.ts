// What @types/node-red 1.3.5 lacks or has wrong for Node-RED 5. Import types from 'node-red' as usual.
import type { ReelflowSettings } from '../nodes/kit/reelflow-settings.ts';

declare module '@node-red/runtime' {
  interface LocalSettings {
    /** Made by settings.ts; missing where Reelflow's nodes are installed into somebody else's Node-RED. */
    reelflow?: ReelflowSettings;
  }
}

declare module '@node-red/registry' {
  interface NodeAPI {
    version(): string;
    /** Loads a module of Node-RED's own installation, CommonJS or ESM. */
    import(id: string): Promise<unknown>;
  }

  interface NodeAPINodes {
    getNode(id: string): Node | null;
    registerSubflow(definition: object): void;
  }

  interface PluginDefinition<TPluginDef> {
    /** `node-red-library-source`. */
    class?: new (
      config: TPluginDef,
    ) => unknown;
    /** `node-red-theme`. */
    page?: { title?: string; favicon?: string };
    header?: { title?: string; image?: string | false; url?: string };
    css?: string | string[];
    scripts?: string | string[];
    schemes?: ('light' | 'dark')[];
    palette?: { categories?: { order?: string[]; descriptions?: Record<string, string> } };
    /** `node-red-dashboard-2`. */
    hooks?: Record<string, unknown>;
  }
}
