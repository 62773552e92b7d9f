import { z } from 'zod';
import type { GroupStore } from '../../core/bus/groups.ts';
import { readPrivateFile, writePrivateFile } from '../access/private-file.ts';

const schema = z.object({ groups: z.array(z.string()) });

/** The groups of this agent in a JSON file. One that is not understood counts as none: joining again repairs it. */
export class GroupFile implements GroupStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  load(): string[] {
    try {
      return schema.parse(JSON.parse(readPrivateFile(this.#path) ?? '{"groups":[]}')).groups;
    } catch {
      return [];
    }
  }

  save(groups: string[]): void {
    writePrivateFile(this.#path, `${JSON.stringify({ groups })}\n`);
  }
}
