import type { EventAttachment } from './event.ts';

/** Name of the attachment in which Opencast sends what the capture agent shall do. */
export const agentPropertiesFile = 'org.opencastproject.capture.agent.properties';

/**
 * Reads the lines of such an attachment. Opencast writes them raw (SchedulerServiceImpl): no Java escapes, the first
 * `=` divides, values may hold more of them.
 */
export function readAgentProperties(attachments: readonly EventAttachment[]): Record<string, string> {
  const text = attachments.find((attachment) => attachment.filename === agentPropertiesFile)?.text ?? '';
  const properties: Record<string, string> = {};
  for (const line of text.split(/\r\n|\n|\r/)) {
    const at = line.indexOf('=');
    if (at > 0 && !/^\s*[#!]/.test(line)) properties[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return properties;
}

/** Names in a comma list, each once. */
export function readNames(list: string | undefined): string[] {
  const names = (list ?? '').split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}
