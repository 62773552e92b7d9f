import { isPassword, PASSWORD_RULE } from '../../nodes/core/access/users.ts';
import { splitCommand } from '../../nodes/core/camera/split-command.ts';
import { toReelflowError } from '../../nodes/core/errors.ts';
import { OVERRIDES } from './keys.ts';
import { isAddress, type PycaSettings } from './read-settings.ts';

export type FlowNode = Record<string, unknown> & { id: string; type: string };

/** What a station needs to go on as the agent that pyCA was. */
export interface MigratedStation {
  flow: FlowNode[];
  /** Without secrets. */
  environment: Record<string, string>;
  opencastPassword: string;
  /** Of the dashboard's users; absent: one is made at the first start. */
  login?: { user: string; password: string };
  /** `section.key` to what became of it. */
  done: Record<string, string>;
  warnings: string[];
  errors: string[];
}

export interface Surroundings {
  hostName: string;
  /** An absolute path of what is written in the file. */
  absolute: (path: string) => string;
  /** Flow of the scenario `opencast-capture-agent`. */
  scenario: readonly FlowNode[];
}

const cameraName = 'pyca';

/** Makes the shipped scenario into the agent that a pyca.conf describes. */
export function makeStation({ values, overrides, lines }: PycaSettings, around: Surroundings): MigratedStation {
  const text = (name: string) => String(values[name]);
  const number = (name: string) => Number(values[name]);
  const items = (name: string) => values[name] as string[];
  const done: Record<string, string> = {};
  const errors: string[] = [];
  const warnings: string[] = [];
  const at = (name: string) => (lines[name] === undefined ? name : `line ${lines[name]}: ${name}`);

  const agent = text('agent.name') || `pyca@${around.hostName}`;
  const busName =
    agent
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 64) || 'pyca';
  done['agent.name'] = `the name at the core is "${agent}"${busName === agent ? '' : `; on the bus it is ${busName}`}`;
  const seconds = number('agent.update_frequency');
  done['agent.update_frequency'] = `schedule read and state told every ${seconds} s`;
  const days = number('agent.cal_lookahead');
  const horizonDays = days === 0 ? 366 : Math.min(days, 366);
  done['agent.cal_lookahead'] = `${horizonDays} days`;
  const isBackup = values['agent.backup_mode'] === true;
  done['agent.backup_mode'] = isBackup ? 'the core is told nothing, uploads wait for a person' : 'off';

  const outputs = outputLines(items('capture.files'), items('capture.flavors'), (problem) =>
    errors.push(`${at('capture.files')} ${problem}`),
  );
  done['capture.files'] = `${outputs.length} in the camera "${cameraName}"`;
  done['capture.flavors'] = 'beside the files';
  const command = text('capture.command');
  done['capture.command'] = `camera "${cameraName}" of the kind own command`;
  try {
    if (splitCommand(command).length === 0) errors.push(`${at('capture.command')} is empty`);
  } catch (error) {
    errors.push(`${at('capture.command')} ${toReelflowError(error).message.replace(/^command: /, '')}`);
  }
  if (/[|<>]|&&|\$\(/.test(command)) {
    warnings.push(`${at('capture.command')} has signs of a shell: as in pyCA there is none, they go to the program`);
  }

  const [delayMin, delayMax] = [number('ingest.delay_min'), number('ingest.delay_max')];
  if (delayMax < delayMin) errors.push(`${at('ingest.delay_max')} must be at least ingest.delay_min, ${delayMin}`);
  done['ingest.delay_min'] = done['ingest.delay_max'] =
    `uploads begin ${delayMin} to ${delayMax} s after the recording`;
  const isDeleted = values['ingest.delete_after_upload'] === true;
  done['ingest.delete_after_upload'] = isDeleted ? 'files go when the core has accepted them' : 'files stay';
  const rateMbit = megabits(text('ingest.upload_rate'));
  done['ingest.upload_rate'] = rateMbit === 0 ? 'no limit' : `${rateMbit} Mbit/s`;

  const url = text('server.url');
  if (!isAddress(url)) errors.push(`${at('server.url')} must begin with http:// or https://, without a user in it`);
  done['server.url'] = 'REELFLOW_OPENCAST_URL';
  done['server.auth_method'] = 'REELFLOW_OPENCAST_AUTH';
  done['server.username'] = 'REELFLOW_OPENCAST_USER';
  const user = text('server.username');
  if (/['"\\\p{Cc}]/u.test(user)) errors.push(`${at('server.username')} must not have quotes or backslashes`);
  done['server.password'] = 'a file of its own that only its owner may read';
  const isInsecure = values['server.insecure'] === true;
  done['server.insecure'] = isInsecure ? 'any certificate is taken' : 'certificates are checked';
  const caFile = text('server.certificate') === '' ? '' : around.absolute(text('server.certificate'));
  done['server.certificate'] = caFile === '' ? 'none' : caFile;
  const connectTimeoutSeconds = within(number('http.connection_timeout'), 600);
  const timeoutSeconds = within(number('http.timeout'), 3600);
  done['http.connection_timeout'] = `${connectTimeoutSeconds} s`;
  done['http.timeout'] = `${timeoutSeconds} s`;
  for (const type of Object.keys(overrides))
    done[`server.service_overrides.${type}`] = 'used instead of asking the core';

  const password = text('ui.password');
  const hasLogin = isPassword(password);
  if (password !== '' && !hasLogin)
    warnings.push(`${at('ui.password')} must have ${PASSWORD_RULE}: one is made instead`);
  const loginUser = text('ui.username') || 'admin';
  done['ui.username'] = hasLogin ? `${loginUser}, an administrator` : 'admin';
  done['ui.password'] = hasLogin
    ? `kept as a hash${loginUser === 'admin' ? '' : '; the user admin has the same'}`
    : 'made at the first start and shown once: nothing is open without a login';
  const address = lines['ui.url'] === undefined ? '' : text('ui.url');
  if (address !== '' && !/^https?:\/\/\S+$/i.test(address))
    errors.push(`${at('ui.url')} must begin with http:// or https://`);
  done['ui.url'] = address === '' ? 'the address of the dashboard' : `told to the core: ${address}`;

  const changes: Record<string, object> = {
    'opencast-schedule': { agent, refreshMinutes: Math.max(0.1, seconds / 60), horizonDays },
    // pyCA removes nothing by itself; tools of one's own may write seldom.
    'opencast-recorder': { stallSeconds: 30, retentionDays: 0, retentionMinFreeGb: 0 },
    'opencast-agent': { agent, heartbeatSeconds: within(seconds, 3600), address },
    'opencast-upload': {
      ...{ delayMinMinutes: delayMin / 60, delayMaxMinutes: delayMax / 60, rateMbit, keepsFiles: !isDeleted },
    },
    'opencast-core': {
      ...{ isBackup, isInsecure, caFile, connectTimeoutSeconds, timeoutSeconds },
      ...Object.fromEntries(Object.entries(overrides).map(([type, to]) => [OVERRIDES[type], to])),
    },
    'opencast-camera': {
      name: cameraName,
      kind: 'command',
      command,
      outputs: outputs.join('\n'),
      flavor: flavorOf(outputs),
    },
  };
  return {
    flow: around.scenario.map((node) => ({ ...node, ...changes[node.id] })),
    environment: {
      REELFLOW_SCENARIO: 'opencast-capture-agent',
      REELFLOW_AGENT: busName,
      REELFLOW_OPENCAST_URL: url,
      REELFLOW_OPENCAST_USER: user,
      REELFLOW_OPENCAST_AUTH: text('server.auth_method'),
    },
    opencastPassword: text('server.password'),
    ...(hasLogin && { login: { user: loginUser, password } }),
    ...{ done, warnings, errors },
  };
}

function outputLines(files: string[], flavors: string[], problem: (text: string) => void): string[] {
  if (files.length === 0) problem('is empty: the command must write a file');
  if (files.length !== flavors.length) {
    problem(`has ${files.length} files, and capture.flavors has ${flavors.length}: one for each is needed`);
  }
  return files.map((file, index) => {
    if (!file.startsWith('{{dir}}/') || file.split('/').includes('..')) problem('must lie in {{dir}}');
    if (/\s/.test(file)) problem('must not have blanks in a name');
    return `${file} ${flavors[index] ?? ''}`.trim();
  });
}

function flavorOf([first = '']: string[]): string {
  return first.split(' ')[1] ?? 'presenter/source';
}

/** pyCA gives the rate to curl in bytes, k and m are 1000 and 1,000,000 here. */
function megabits(rate: string): number {
  const factor = { k: 1e3, m: 1e6 }[rate.slice(-1).toLowerCase()] ?? 1;
  return Math.round(Number.parseInt(rate, 10) * factor * 8) / 1e6;
}

function within(seconds: number, most: number): number {
  // 0 is "no limit" in pyCA.
  return seconds === 0 ? most : Math.min(seconds, most);
}
