import { readFile } from 'node:fs/promises';
import { freemem, loadavg, totalmem } from 'node:os';

/** Memory in bytes as Linux counts it (proc_meminfo(5), and `used` as free(1) has it), load of 1, 5 and 15 minutes. */
export async function hostFigures() {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const bytes = (name: string): number | undefined => {
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  const total = bytes('MemTotal') ?? totalmem();
  const free = bytes('MemFree') ?? freemem();
  const buffers = bytes('Buffers') ?? 0;
  const cached = (bytes('Cached') ?? 0) + (bytes('SReclaimable') ?? 0);
  const available = bytes('MemAvailable') ?? free;
  const [m1 = 0, m5 = 0, m15 = 0] = loadavg();
  return {
    memory: { total, available, used: Math.max(0, total - free - cached - buffers), free, cached, buffers },
    load: { '1m': m1, '5m': m5, '15m': m15 },
  };
}
