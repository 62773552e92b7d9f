/**
 * Node-RED's settings file: `node-red -s dist/settings.js`, or this file itself in development. Node-RED reads it by
 * require(), so nothing in its import graph may await at the top level.
 */
import { existsSync, readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { makeGuards } from './dashboard/auth/guards.ts';
import { keptSecret } from './nodes/adapters/access/private-file.ts';
import { StationAccess } from './nodes/adapters/access/station-access.ts';
import { openDataFolder } from './nodes/adapters/start/data-folder.ts';
import { seedFlowFile } from './nodes/adapters/start/flow-file.ts';
import { welcomer } from './nodes/adapters/start/welcome.ts';
import { ReelflowError } from './nodes/core/errors.ts';
import { parseEnvironment } from './nodes/core/parse-environment.ts';
import type { ReelflowSettings } from './nodes/kit/reelflow-settings.ts';

// One folder deeper when compiled.
const packageRoot = existsSync(join(import.meta.dirname, 'package.json'))
  ? import.meta.dirname
  : dirname(import.meta.dirname);

function makeSettings() {
  const { adminPassword, ...environment } = parseEnvironment(process.env, {
    hostname: hostname(),
    cwd: process.cwd(),
    argv: process.argv.slice(2),
    readFile: (path) => readFileSync(path, 'utf8'),
  });
  // Flows can read the environment, and so can every child process; nobody needs this one any more.
  delete process.env['REELFLOW_ADMIN_PASSWORD'];
  if (environment.role === 'worker') {
    const reason = 'REELFLOW_ROLE=worker is no matter of Node-RED: start it with `npm start`';
    throw new ReelflowError('BAD_ENVIRONMENT', reason, { field: 'REELFLOW_ROLE' });
  }
  const data = openDataFolder(environment.dataRoot);
  // All that is loaded from here on, most of Node-RED and all of our nodes.
  enableCompileCache(data.code);
  const access = new StationAccess({ folder: data.access, adminPassword });
  access.settled.catch(exitWith);
  seedFlowFile(data.flowFile, join(packageRoot, 'flows', 'scenarios'), environment.scenario);
  const guards = makeGuards(access);
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string };
  const reelflow: ReelflowSettings = {
    environment,
    access,
    packageRoot,
    version,
    guard: guards.server,
    welcome: welcomer({
      version,
      host: environment.host,
      agent: environment.agent,
      madePassword: access.settled.then(() => access.madePassword),
      write: (text) => process.stdout.write(text),
    }),
  };

  return {
    reelflow,

    uiHost: environment.host,
    uiPort: environment.port,
    httpAdminRoot: '/admin',
    httpNodeRoot: '/',
    // Never `httpAdminRoot: false` or `disableEditor`: the dashboard loads its widgets from below /admin.
    httpNodeAuth: guards.httpNodeAuth,
    httpAdminMiddleware: guards.httpAdminMiddleware,
    adminAuth: guards.adminAuth,
    dashboard: {
      middleware: guards.httpNodeAuth,
      ioMiddleware: guards.ioMiddleware,
      maxHttpBufferSize: 1_000_000,
    },

    userDir: data.nodeRed,
    nodesDir: [packageRoot],
    flowFile: data.flowFile,
    flowFilePretty: true,
    credentialSecret: keptSecret(data.credentialSecret),
    contextStorage: {
      default: { module: 'memory' },
      disk: { module: 'localfilesystem', config: { flushInterval: 5 } },
    },

    // An appliance: what runs here comes with Reelflow, and the palette manager is the editor's only call to the internet.
    externalModules: { palette: { allowInstall: false, allowUpload: false }, modules: { allowInstall: false } },
    functionExternalModules: false,
    exportGlobalContextKeys: false,
    telemetry: { enabled: false, updateNotification: false },

    logging: { console: { level: 'info', metrics: false, audit: false } },
    diagnostics: { enabled: true, ui: true },
    runtimeState: { enabled: true, ui: true },
    nodeCloseTimeout: 15_000,
    apiMaxLength: '5mb',
    debugMaxLength: 1000,

    editorTheme: {
      theme: 'reelflow',
      tours: false,
      projects: { enabled: false },
      codeEditor: { lib: 'monaco' },
      library: {
        sources: [
          {
            id: 'scenarios',
            type: 'reelflow-scenarios',
            label: 'Scenarios',
            types: ['flows'],
            readOnly: true,
            icon: 'font-awesome/fa-film',
          },
        ],
      },
    },
  };
}

function settingsOrExit(): ReturnType<typeof makeSettings> {
  try {
    return makeSettings();
  } catch (error) {
    return exitWith(error);
  }
}

function exitWith(error: unknown): never {
  // What a person can put right is one line; anything else is a fault of ours and needs its stack.
  console.error(error instanceof ReelflowError ? `Reelflow cannot start: ${error.message}` : error);
  process.exit(1);
}

const settings = settingsOrExit();

export { settings as 'module.exports' };
