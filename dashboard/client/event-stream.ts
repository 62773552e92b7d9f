/** One Server-Sent Event. */
export interface StreamEvent {
  event: string;
  data: string;
}

/**
 * Cuts a stream of text into Server-Sent Events (HTML standard, 9.2.6 "Interpreting an event stream"); comments, ids and
 * retry times are passed over. Own code instead of EventSource, which hides refusals (401) and heartbeats from us.
 */
export class EventStreamParser {
  #rest = '';
  #event = '';
  #data: string[] = [];

  /** Takes the next piece, whatever it ends in the middle of; returns the events that are complete now. */
  push(text: string): StreamEvent[] {
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#take(line) ?? []);
  }

  #take(line: string): StreamEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#event = value;
    if (field === 'data') this.#data.push(value);
    return undefined;
  }

  #dispatch(): StreamEvent | undefined {
    const complete = { event: this.#event || 'message', data: this.#data.join('\n') };
    const isEmpty = this.#data.length === 0;
    this.#event = '';
    this.#data = [];
    return isEmpty ? undefined : complete;
  }
}
