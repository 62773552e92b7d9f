import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError, say } from './say.mjs';

const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
const program = (name) => () =>
  // Debian keeps daemons in sbin, which is not in every user's PATH.
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => existsSync(join(folder, name)));
const file = (path) => () => existsSync(path);
const plugin = (name) => file(`${LIBRARIES}/gstreamer-1.0/libgst${name}.so`);
const typelib = (name) => file(`${LIBRARIES}/girepository-1.0/${name}.typelib`);

/** Debian keeps each version of the server in a folder of its own, outside of PATH. */
function serverOfPostgres() {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder) && readdirSync(folder).some((version) => existsSync(join(folder, version, 'bin/initdb')));
}

/** Debian package -> how to see that it is there. The product needs the first part, the tests all of it. */
const START = { ffmpeg: () => program('ffmpeg')() && program('ffprobe')() };
const TEST = {
  ...START,
  // Foreign HTTP client, and certificates of a private authority.
  curl: program('curl'),
  openssl: program('openssl'),
  // systemd-notify; systemd itself does not have to run.
  systemd: program('systemd-notify'),
  // The browser tests.
  chromium: program('chromium'),
  // A foreign broker and foreign clients of the bus.
  mosquitto: program('mosquitto'),
  'mosquitto-clients': program('mosquitto_pub'),
  // Databases of cameras; a cluster of the test's own, see test/fixtures/postgres.ts.
  postgresql: () => serverOfPostgres() && program('psql')(),
  // A foreign object store, see test/fixtures/swift-s3.py.
  'swift-proxy': program('swift-proxy-server'),
  'swift-account': program('swift-account-server'),
  'swift-container': program('swift-container-server'),
  'swift-object': program('swift-object-server'),
  // ss: what the kernel counts of a restream.
  iproute2: () => ['/bin/ss', '/usr/bin/ss', '/sbin/ss', '/usr/sbin/ss'].some((path) => existsSync(path)),
  // Steps the clock of one process.
  faketime: program('faketime'),
  // test/fixtures/rtsp-camera.py
  'python3-gi': file('/usr/lib/python3/dist-packages/gi/__init__.py'),
  'gir1.2-gst-rtsp-server-1.0': typelib('GstRtspServer-1.0'),
  'gir1.2-gst-plugins-base-1.0': typelib('GstApp-1.0'),
  'gstreamer1.0-plugins-base': plugin('videotestsrc'),
  'gstreamer1.0-plugins-good': plugin('rtp'),
  'gstreamer1.0-plugins-bad': plugin('videoparsersbad'),
  'gstreamer1.0-plugins-ugly': plugin('x264'),
  'gstreamer1.0-libav': plugin('libav'),
};

const SWIFT = ['swift-proxy', 'swift-account', 'swift-container', 'swift-object'];

/** Names of the Debian packages that are not there, for `start` or `test`. */
export function missingTools(purpose) {
  const wanted = purpose === 'test' ? TEST : START;
  return Object.entries(wanted)
    .filter(([, isThere]) => !isThere())
    .map(([name]) => name);
}

/** Installs Debian packages as root or by a sudo that asks no password; otherwise ends with the command to type. */
export function installTools(packages) {
  const byHand = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (!program('apt-get')()) {
    throw new SetupError(`missing: ${packages.join(', ')}; install them with this system's package manager`);
  }
  const prefix = rightsPrefix();
  if (!prefix) {
    throw new SetupError(
      `missing: ${packages.join(', ')}; type this, then run the command again:\n\n  sudo apt-get update && sudo ${byHand}\n`,
    );
  }
  say(`installing system packages: ${packages.join(' ')}`);
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  // Fresh images have no package lists, long-lived machines have old ones: read them anew only when needed.
  if (!runApt(prefix, install, false)) {
    runApt(prefix, ['update', '-qq'], true);
    if (!runApt(prefix, install, true)) throw new SetupError(`apt-get failed, see above; try by hand: ${byHand}`);
  }
  for (const name of ['mosquitto', 'postgresql', ...SWIFT]) if (packages.includes(name)) keepFromRunning(prefix, name);
  const left = packages.filter((name) => !(TEST[name]?.() ?? true));
  if (left.length > 0) throw new SetupError(`apt-get ended well, but there is still no ${left.join(', ')}`);
}

/** The command prefix that gives root's rights; undefined when there is none without a password. */
function rightsPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!program('sudo')()) return undefined;
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

/** `isLoud`: show what apt says. Waits up to 5 min for another apt (unattended upgrades after boot hold its lock). */
function runApt(prefix, args, isLoud) {
  const [command, ...rest] = [
    ...prefix,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-o',
    'DPkg::Lock::Timeout=300',
    ...args,
  ];
  return spawnSync(command, rest, { stdio: isLoud ? ['ignore', 2, 2] : 'ignore' }).status === 0;
}

/** Debian starts servers at once, Mosquitto on the port of our own broker. The tests only need the programs. */
function keepFromRunning(prefix, service) {
  if (!existsSync('/run/systemd/system')) return;
  const [command, ...rest] = [...prefix, 'systemctl', 'disable', '--now', service];
  spawnSync(command, rest, { stdio: 'ignore' });
}
