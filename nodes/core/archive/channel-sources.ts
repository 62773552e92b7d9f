import type { Channel } from './channel.ts';
import type { LiveSource } from './live-source.ts';

/** The readers of the channels' addresses, each kept for as long as its address is the same: a source without times of its own is counted through. */
export class ChannelSources {
  readonly #open: (url: string, channel: Channel) => LiveSource;
  readonly #closing: (work: Promise<void>) => void;
  readonly #known = new Map<string, { key: string; sources: LiveSource[] }>();

  /** @param closing looks after a reader that is being closed */
  constructor(open: (url: string, channel: Channel) => LiveSource, closing: (work: Promise<void>) => void) {
    this.#open = open;
    this.#closing = closing;
  }

  /** The main one first. */
  of(channel: Channel): [LiveSource, ...LiveSource[]] {
    const key = JSON.stringify([channel.sourceUrls, channel.sourceKind]);
    let known = this.#known.get(channel.name);
    if (known?.key !== key) {
      this.letGo(channel.name);
      known = { key, sources: channel.sourceUrls.map((url) => this.#open(url, channel)) };
      this.#known.set(channel.name, known);
    }
    return known.sources as [LiveSource, ...LiveSource[]];
  }

  /** What runs for a channel that is gone, or switched off, ends. */
  letGo(name: string): void {
    for (const source of this.#known.get(name)?.sources ?? []) this.#closing(source.close());
    this.#known.delete(name);
  }
}
