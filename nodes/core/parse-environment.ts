import type { Environment } from './environment.ts';
import { VARIABLES, type Variable } from './environment-variables.ts';
import { ReelflowError } from './errors.ts';

export interface EnvironmentSources {
  hostname: string;
  /** Absolute; relative folders and files are meant from here. */
  cwd: string;
  /** Of the command line, behind the program. */
  argv: readonly string[];
  /** Text of a `*_FILE`; throws when it cannot be read. */
  readFile(path: string): string;
}

type Names = Readonly<Record<string, string | undefined>>;

/**
 * Reads the REELFLOW_* variables (and PG_DSN): docs/configuration.md says what each means.
 *
 * Throws a ReelflowError BAD_ENVIRONMENT with one line that names the variable, its value unless it may be a secret, and
 * what is allowed. An empty variable counts as not set: that is how Compose passes on what the user left out.
 */
export function parseEnvironment(env: Names, sources: EnvironmentSources): Environment {
  refuseUnknown(env);
  const read = reader(env, sources);
  const agent = read('REELFLOW_AGENT') ?? agentName(sources.hostname);
  const environment: Environment = {
    dataRoot: absolute(sources.cwd, read('REELFLOW_DATA') ?? 'data'),
    host: read('REELFLOW_HOST') ?? '0.0.0.0',
    port: Number(read('REELFLOW_PORT') ?? 1880),
    agent,
    scenario: read('REELFLOW_SCENARIO') ?? 'quick-start',
    broker: read('REELFLOW_BROKER') ?? 'embedded',
    mqttPort: Number(read('REELFLOW_MQTT_PORT') ?? 1883),
    database: read('REELFLOW_DATABASE') ?? 'sqlite',
    role: read('REELFLOW_ROLE') === 'worker' ? 'worker' : 'station',
  };
  const calendar = read('REELFLOW_CALENDAR');
  if (calendar !== undefined) environment.calendar = calendarPlace(calendar, sources.cwd);
  const optional = {
    brokerCa: readBrokerCa(read),
    mediaServer: read('REELFLOW_MEDIA_SERVER'),
    mediaServerApi: read('REELFLOW_MEDIA_SERVER_API'),
    cameraDatabase: read('PG_DSN') ?? cameraDatabaseArgument(sources.argv),
    adminPassword: read('REELFLOW_ADMIN_PASSWORD'),
    opencast: readOpencast(read),
    s3: readS3(read),
  };
  for (const [key, value] of Object.entries(optional)) {
    if (value !== undefined) Object.assign(environment, { [key]: value });
  }
  if (environment.role === 'worker' && environment.database === 'sqlite') {
    throw bad('REELFLOW_DATABASE', undefined, 'a worker shares its jobs through PostgreSQL: set postgres://...');
  }
  return environment;
}

/**
 * `npm start -- --pg_dsn=postgresql://...`, as the restream service of old took it. The variable counts more than the
 * argument, because it did there; everybody on the machine can read a command line, so the variable is also the better place.
 */
function cameraDatabaseArgument(argv: readonly string[]): string | undefined {
  const word = argv.find((one) => /^--pg[_-]dsn(=|$)/.test(one));
  if (word === undefined) return undefined;
  // A word of its own behind it would be the flow file to Node-RED.
  if (!word.includes('=')) throw bad('--pg_dsn', undefined, 'write it in one word, --pg_dsn=postgresql://...');
  const value = word.slice(word.indexOf('=') + 1);
  const variable = VARIABLES['PG_DSN'] as Variable;
  if (!variable.isAllowed(value)) throw bad('--pg_dsn', undefined, variable.allowed);
  return value;
}

type Read = (name: string) => string | undefined;

function readBrokerCa(read: Read): string | undefined {
  const ca = read('REELFLOW_BROKER_CA');
  if (ca !== undefined && !read('REELFLOW_BROKER')?.startsWith('mqtts:')) {
    throw bad('REELFLOW_BROKER_CA', undefined, 'it needs REELFLOW_BROKER=mqtts://... as well');
  }
  return ca;
}

function readOpencast(read: Read): Environment['opencast'] {
  const url = read('REELFLOW_OPENCAST_URL');
  const group = together(read, 'REELFLOW_OPENCAST_URL', ['REELFLOW_OPENCAST_USER', 'REELFLOW_OPENCAST_PASSWORD']);
  const auth = read('REELFLOW_OPENCAST_AUTH');
  if (!group || url === undefined) {
    if (auth) throw bad('REELFLOW_OPENCAST_AUTH', auth, 'it needs REELFLOW_OPENCAST_URL as well');
    return undefined;
  }
  const [user = '', password = ''] = group;
  return { url: url.replace(/\/+$/, ''), user, password, auth: auth === 'digest' ? 'digest' : 'basic' };
}

function readS3(read: Read): Environment['s3'] {
  const endpoint = read('REELFLOW_S3_ENDPOINT');
  const group = together(read, 'REELFLOW_S3_ENDPOINT', [
    'REELFLOW_S3_BUCKET',
    'REELFLOW_S3_ACCESS_KEY',
    'REELFLOW_S3_SECRET_KEY',
  ]);
  const prefix = read('REELFLOW_S3_PREFIX');
  const redirect = read('REELFLOW_S3_REDIRECT_SECONDS');
  const region = read('REELFLOW_S3_REGION');
  const pathStyle = read('REELFLOW_S3_PATH_STYLE');
  if (!group || endpoint === undefined) {
    if (prefix) throw bad('REELFLOW_S3_PREFIX', prefix, 'it needs REELFLOW_S3_ENDPOINT as well');
    if (redirect) throw bad('REELFLOW_S3_REDIRECT_SECONDS', redirect, 'it needs REELFLOW_S3_ENDPOINT as well');
    if (region) throw bad('REELFLOW_S3_REGION', region, 'it needs REELFLOW_S3_ENDPOINT as well');
    if (pathStyle) throw bad('REELFLOW_S3_PATH_STYLE', pathStyle, 'it needs REELFLOW_S3_ENDPOINT as well');
    return undefined;
  }
  const [bucket = '', accessKey = '', secretKey = ''] = group;
  // Every store but Amazon's own answers at <endpoint>/<bucket>; many have no certificate for <bucket>.<endpoint>.
  const isPathStyle = pathStyle === undefined ? true : /^(true|yes|1)$/i.test(pathStyle);
  return {
    ...{ endpoint, bucket, region: region ?? 'us-east-1', accessKey, secretKey, isPathStyle },
    ...(prefix === undefined ? {} : { prefix }),
    ...(redirect === undefined ? {} : { redirectSeconds: Number(redirect) }),
  };
}

/** All of a group or none of it. */
function together(read: Read, first: string, others: string[]): string[] | undefined {
  const values = others.map(read);
  const stray = others.find((_, index) => values[index] !== undefined);
  if (read(first) === undefined) {
    if (stray) throw bad(stray, undefined, `it needs ${first} as well`);
    return undefined;
  }
  const missing = others.find((_, index) => values[index] === undefined);
  if (missing) throw bad(missing, undefined, `it is needed beside ${first}`);
  return values.filter((value) => value !== undefined);
}

function refuseUnknown(env: Names): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('REELFLOW_')) continue;
    const base = name.replace(/_FILE$/, '');
    if (VARIABLES[name] || (base !== name && isFromFile(VARIABLES[base]))) continue;
    const near = Math.min(3, ...Object.keys(VARIABLES).map((known) => distance(known, base)));
    const like = Object.keys(VARIABLES).filter((known) => distance(known, base) === near);
    const hint = like.length > 0 ? `did you mean ${like.join(' or ')}?` : 'docs/configuration.md lists what there is';
    throw new ReelflowError('BAD_ENVIRONMENT', `${name} is not a variable of Reelflow; ${hint}`, { field: name });
  }
}

function reader(env: Names, sources: EnvironmentSources): Read {
  return (name) => {
    const variable = VARIABLES[name];
    if (!variable) throw new ReelflowError('INTERNAL', `${name} is not declared`);
    // Spaces around an address or a number are a slip; in a secret they may be meant.
    const direct = (variable.kind === 'secret' ? env[name] : env[name]?.trim()) || undefined;
    const file = isFromFile(variable) ? env[`${name}_FILE`]?.trim() || undefined : undefined;
    if (direct !== undefined && file !== undefined) {
      throw bad(`${name}_FILE`, file, `${name} is set as well; set one of the two`);
    }
    const value = file === undefined ? direct : readSecret(`${name}_FILE`, file, sources);
    if (value !== undefined && !variable.isAllowed(value)) {
      throw bad(file === undefined ? name : `${name}_FILE`, file ?? shown(variable, value), variable.allowed);
    }
    return value;
  };
}

function readSecret(name: string, path: string, sources: EnvironmentSources): string {
  let text: string;
  try {
    text = sources.readFile(absolute(sources.cwd, path));
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw bad(name, path, `a file that can be read${reason}`);
  }
  // Editors end a file with a newline that is not part of the secret.
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw bad(name, path, 'a file with the value in it; this one is empty');
  return value;
}

const isFromFile = (variable: Variable | undefined): boolean => variable !== undefined && variable.kind !== 'plain';

function shown(variable: Variable, value: string): string | undefined {
  if (variable.kind === 'address') return /@|password|token|key/i.test(value) ? undefined : value;
  return variable.kind === 'secret' ? undefined : value;
}

function bad(name: string, value: string | undefined, allowed: string): ReelflowError {
  const what = value === undefined ? name : `${name}=${JSON.stringify(value)}`;
  return new ReelflowError('BAD_ENVIRONMENT', `${what} is not allowed: ${allowed}`, { field: name });
}

/** `room-1.example.org` is `room-1` on the bus, where a name is one word. */
function agentName(hostname: string): string {
  const short = hostname.split('.')[0] ?? '';
  return short.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 64) || 'reelflow';
}

function calendarPlace(value: string, cwd: string): string {
  if (/^file:/i.test(value)) return decodeURIComponent(new URL(value).pathname);
  return /^[a-z][a-z0-9+.-]*:/i.test(value) ? value : absolute(cwd, value);
}

/** POSIX only, as Reelflow is. Own few lines, because the core imports nothing of Node. */
function absolute(cwd: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
