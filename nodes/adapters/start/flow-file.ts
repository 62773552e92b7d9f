import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReelflowError } from '../../core/errors.ts';
import { writePrivateFile } from '../access/private-file.ts';

/**
 * Gives a new station the flows of its scenario. Flows that are there stay as they are, whatever REELFLOW_SCENARIO says:
 * they may be somebody's work.
 */
export function seedFlowFile(flowFile: string, scenariosFolder: string, scenario: string): void {
  if (existsSync(flowFile)) return;
  const source = join(scenariosFolder, scenario, 'flow.json');
  if (!existsSync(source)) {
    const there = shipped(scenariosFolder);
    throw new ReelflowError(
      'BAD_ENVIRONMENT',
      `REELFLOW_SCENARIO="${scenario}" is not allowed: this installation has ${there.join(', ') || 'no scenarios'}`,
      { field: 'REELFLOW_SCENARIO' },
    );
  }
  writePrivateFile(flowFile, readFileSync(source, 'utf8'));
}

function shipped(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'flow.json')));
}
