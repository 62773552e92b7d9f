/**
 * Makes a station of a pyca.conf: `npm run migrate:pyca -- FILE [--out FOLDER] [--force]`. FOLDER (./data) becomes its data
 * folder: flows.json, reelflow.env, and what is secret in files of their own. Ends with 1, and has written nothing, when
 * something in the file is wrong or would be overwritten.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writePrivateFile } from '../nodes/adapters/access/private-file.ts';
import { StationAccess } from '../nodes/adapters/access/station-access.ts';
import { type FlowNode, type MigratedStation, makeStation } from './migrate-pyca/make-station.ts';
import { readPycaSettings } from './migrate-pyca/read-settings.ts';
import { reportOf } from './migrate-pyca/report.ts';

const usage = 'npm run migrate:pyca -- FILE [--out FOLDER] [--force]';
const root = resolve(import.meta.dirname, '..');

async function main(): Promise<void> {
  const { file, folder, isForced } = readArguments();
  const settings = readPycaSettings(readSource(file));
  const scenario = readFileSync(join(root, 'flows/scenarios/opencast-capture-agent/flow.json'), 'utf8');
  const station = makeStation(settings, {
    hostName: hostname(),
    // pyCA takes it from where it is started; the file is what we know.
    absolute: (path) => resolve(dirname(file), path),
    scenario: JSON.parse(scenario) as FlowNode[],
  });
  for (const warning of [...settings.warnings, ...station.warnings]) console.error(`warning: ${warning}`);
  const errors = [...settings.errors, ...station.errors];
  for (const error of errors) console.error(`error: ${error}`);
  if (errors.length > 0) throw new Failure(`${file}: nothing was written`);
  if (/['\p{Cc}]/u.test(folder)) throw new Failure(`${folder}: the name of the folder must not have a quote in it`);
  const places = placesIn(folder);
  const taken = Object.values(places).filter((path) => existsSync(path));
  if (taken.length > 0 && !isForced) {
    throw new Failure(`${taken.join(', ')}: there already; nothing was written. --force replaces it`);
  }
  await write(station, folder, places);
  console.log(reportOf(settings, station));
  console.log(`\nWritten: ${folder}\n\nStart it with\n\n  set -a; . ${places.environment}; set +a; npm start`);
  console.log('\nor name that file as EnvironmentFile= in the systemd unit. Stop pyCA first: both would record.');
}

function readArguments(): { file: string; folder: string; isForced: boolean } {
  let read: ReturnType<typeof parse>;
  try {
    read = parse();
  } catch (error) {
    throw new Failure(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
  const [file, ...more] = read.positionals;
  if (file === undefined || more.length > 0) throw new Failure(usage);
  // npm runs scripts in the package's folder, whoever calls from wherever.
  const from = process.env['INIT_CWD'] ?? process.cwd();
  return { file: resolve(from, file), folder: resolve(from, read.values.out), isForced: read.values.force };
}

function parse() {
  const options = { out: { type: 'string', default: 'data' }, force: { type: 'boolean', default: false } } as const;
  return parseArgs({ options, allowPositionals: true });
}

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure(`${file} can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function placesIn(folder: string) {
  return {
    flow: join(folder, 'flows.json'),
    environment: join(folder, 'reelflow.env'),
    password: join(folder, 'access', 'opencast-password'),
    users: join(folder, 'access', 'users.json'),
  };
}

async function write(station: MigratedStation, folder: string, places: ReturnType<typeof placesIn>): Promise<void> {
  const { flow, environment, opencastPassword, login } = station;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writePrivateFile(places.flow, `${JSON.stringify(flow, undefined, 2)}\n`);
  writePrivateFile(places.password, `${opencastPassword}\n`);
  if (login) {
    const access = new StationAccess({ folder: dirname(places.users), adminPassword: login.password });
    await access.settled;
    const isThere = access.users.list().some(({ name }) => name === login.user);
    if (isThere && login.user !== 'admin') {
      access.users.setRole(login.user, 'admin');
      await access.users.setPassword(login.user, login.password);
    } else if (!isThere) await access.users.add(login.user, 'admin', login.password);
  }
  const all = { REELFLOW_DATA: folder, ...environment, REELFLOW_OPENCAST_PASSWORD_FILE: places.password };
  const lines = Object.entries(all).map(([name, value]) => `${name}='${value}'`);
  writePrivateFile(places.environment, `# Made of a pyca.conf; has no secrets in it.\n${lines.join('\n')}\n`);
}

class Failure extends Error {}

main().catch((error: unknown) => {
  if (!(error instanceof Failure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
