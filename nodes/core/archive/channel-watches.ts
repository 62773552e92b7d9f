import type { Channel } from './channel.ts';
import type { ChannelSources } from './channel-sources.ts';
import { ChannelWatch, type WatchSurroundings } from './channel-watch.ts';

export interface WatchesSurroundings extends Omit<WatchSurroundings, 'source'> {
  sources: ChannelSources;
}

/** The watches of all channels that are switched on. */
export class ChannelWatches {
  readonly #around: WatchesSurroundings;
  readonly #watches = new Map<string, ChannelWatch>();

  constructor(around: WatchesSurroundings) {
    this.#around = around;
  }

  get(name: string): ChannelWatch | undefined {
    return this.#watches.get(name);
  }

  /** Now, where there is one. */
  look(name: string): void {
    this.#watches.get(name)?.look();
  }

  /** A channel as it is now. */
  put(channel: Channel): void {
    const watch = this.#watches.get(channel.name);
    if (!channel.isEnabled) {
      void watch?.close();
      this.#watches.delete(channel.name);
      this.#around.sources.letGo(channel.name);
    } else if (watch) {
      watch.channel = channel;
      watch.look();
    } else {
      const source = (of: Channel) => this.#around.sources.of(of)[0];
      this.#watches.set(channel.name, new ChannelWatch(channel, { ...this.#around, source }));
    }
  }

  /** All channels as they are now. */
  async putAll(channels: readonly Channel[]): Promise<void> {
    for (const name of this.#watches.keys()) if (!channels.some((one) => one.name === name)) await this.remove(name);
    for (const channel of channels) this.put(channel);
  }

  /** A channel that is no more. */
  async remove(name: string): Promise<void> {
    const watch = this.#watches.get(name);
    this.#watches.delete(name);
    await watch?.close();
    this.#around.sources.letGo(name);
    this.#around.alarms.clear(`store-away:${name}`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#watches.values()].map((watch) => watch.close()));
  }
}
