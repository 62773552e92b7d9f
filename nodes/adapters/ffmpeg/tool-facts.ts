import { execa } from 'execa';
import { ReelflowError } from '../../core/errors.ts';
import { toolEnvironment } from '../process/tool-environment.ts';

/** What is known of the FFmpeg on this machine. */
export interface ToolFacts {
  /** As it calls itself: `5.1.9-0+deb12u1`. */
  version: string;
  /** libavformat major and minor: comparable, also for builds that are named after a git commit. 58 is FFmpeg 4. */
  libavformat: readonly [number, number];
  /** Names of the encoders it was built with; whether the machine has the chip for one is another question. */
  encoders: ReadonlySet<string>;
  /** The drawtext filter is there, and a font that it finds. */
  canDrawText: boolean;
}

const askTimeoutMs = 20_000;
const known = new Map<string, Promise<ToolFacts>>();

/** Asks the tool once and remembers; a failed answer is asked again. Rejects with TOOL_MISSING. */
export function toolFacts(toolPath: string): Promise<ToolFacts> {
  let facts = known.get(toolPath);
  if (!facts) {
    facts = askTool(toolPath);
    known.set(toolPath, facts);
    facts.catch(() => known.delete(toolPath));
  }
  return facts;
}

/** At least this libavformat: option names changed between releases. */
export function isAtLeast(facts: ToolFacts, major: number, minor = 0): boolean {
  const [haveMajor, haveMinor] = facts.libavformat;
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

async function askTool(toolPath: string): Promise<ToolFacts> {
  const [version, encoders, text] = await Promise.all([
    ask(toolPath, ['-hide_banner', '-version']),
    ask(toolPath, ['-hide_banner', '-encoders']),
    trial(toolPath, ['-f', 'lavfi', '-i', 'color=size=64x64', '-vf', 'drawtext=text=x']),
  ]);
  const library = /libavformat\s+(\d+)\.\s*(\d+)\./.exec(version);
  if (!library) throw new ReelflowError('TOOL_MISSING', `"${toolPath}" is not FFmpeg: it does not say its version`);
  return {
    version: /version (\S+)/.exec(version)?.[1] ?? 'unknown',
    libavformat: [Number(library[1]), Number(library[2])],
    encoders: new Set([...encoders.matchAll(/^ [VAS][A-Z.]{5} (\S+)/gm)].map((match) => match[1] as string)),
    canDrawText: text === undefined,
  };
}

async function ask(toolPath: string, argv: string[]): Promise<string> {
  const result = await run(toolPath, argv);
  if (result.code === 'ENOENT' || result.code === 'EACCES') {
    throw new ReelflowError(
      'TOOL_MISSING',
      `"${toolPath}" is not installed or may not be executed; Reelflow needs FFmpeg`,
      {
        cause: result,
      },
    );
  }
  return result.stdout;
}

/** Makes one picture; undefined when it worked, otherwise what the tool said. */
export async function trial(toolPath: string, argv: string[]): Promise<string | undefined> {
  const full = ['-nostdin', '-hide_banner', '-loglevel', 'error', ...argv, '-frames:v', '1', '-f', 'null', '-'];
  const result = await run(toolPath, full);
  return result.failed ? result.stderr.trim().split('\n').at(-1) || result.shortMessage : undefined;
}

async function run(toolPath: string, argv: readonly string[]) {
  return await execa(toolPath, argv, {
    ...{ reject: false, timeout: askTimeoutMs, stdin: 'ignore' },
    ...{ env: toolEnvironment(), extendEnv: false },
  } as const);
}
