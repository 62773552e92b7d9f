import type { Archive, ArchiveDoor } from '../archive/archive.ts';
import type { StoreSettings } from '../archive/channel.ts';
import { type Chunk, storeIdOf } from '../archive/chunk.ts';
import { isoSeconds } from '../archive/chunk-key.ts';
import type { ObjectRange } from '../archive/chunk-store.ts';
import { ReelflowError } from '../errors.ts';
import { initOfTrack, segmentOfTrack } from '../media/single-track.ts';
import { s3ObjectUrl } from '../s3/s3-place.ts';
import type { Clock } from '../time/clock.ts';
import type { AskedRange } from './asked-range.ts';
import { type Anchor, type DashPeriod, dashTracks } from './dash-manifest.ts';
import { fragmentHeadBytes, mediaStreams } from './media-streams.ts';
import { objectAddress } from './object-address.ts';
import { type PlaybackPlan, planPlayback } from './playback-plan.ts';
import type { PlayedSegment } from './played-track.ts';
import { type SmilStyle, smilChunks, writeSmil } from './smil.ts';

export interface PlaybackSurroundings {
  archive: ArchiveDoor;
  clock: Pick<Clock, 'now'>;
}

/** Where a seam lies on its media's timeline is asked again for every reader of a manifest. */
const mostAnchors = 2000;
/** A manifest of a range this torn would ask the store for more than it is worth. */
const mostPeriods = 500;
const patienceMs = 20_000;
/** Taken apart in memory; a segment of ten seconds at 50 Mbit/s. */
const largestSegmentBytes = 64 * 1024 * 1024;

/** Plays the archive back: what there is of a range, laid out for playlists and manifests. */
export class Playback {
  readonly #around: PlaybackSurroundings;
  readonly #anchors = new Map<string, Promise<Anchor>>();

  constructor(around: PlaybackSurroundings) {
    this.#around = around;
  }

  /** Rejects with CHANNEL_UNKNOWN, RANGE_EMPTY, DATABASE_UNAVAILABLE. */
  async plan(channel: string, asked: AskedRange): Promise<PlaybackPlan> {
    const archive = await this.#archive(channel);
    const segments = await archive.segments(channel, { span: asked });
    const startMs = segments.reduce((first, { chunkStartMs }) => Math.min(first, chunkStartMs), asked.startMs);
    const chunks = await archive.timeline(channel, { startMs, endMs: asked.endMs });
    return planPlayback({ channel, asked, chunks, segments, now: this.#around.clock.now() });
  }

  /** The Periods of a DASH manifest. Rejects with DASH_UNAVAILABLE, MEDIA_BROKEN, and as ChunkStore. */
  async periods(plan: PlaybackPlan): Promise<DashPeriod[]> {
    const laidOut = dashTracks(plan);
    if (laidOut.length > mostPeriods) {
      throw new ReelflowError(
        'DASH_UNAVAILABLE',
        `the range has more than ${mostPeriods} seams; ask for a shorter one`,
      );
    }
    const archive = await this.#archive(plan.channel);
    return await Promise.all(
      laidOut.map(async ({ run, tracks }) => ({
        run,
        tracks: await Promise.all(
          tracks.map(async ({ track, segments }) => {
            const anchor = await this.#anchor(archive, plan.channel, segments[0] as PlayedSegment);
            return { track, segments, anchor };
          }),
        ),
      })),
    );
  }

  /**
   * A SMIL of the range. Of a chunk in an object store it has the address there, not signed: Remix has keys of its own. Of one
   * in our folder our own.
   *
   * @param base of this station, such as `http://host:1880`
   * Rejects with CHANNEL_UNKNOWN, RANGE_EMPTY.
   */
  async smil(channel: string, asked: AskedRange, { style, base }: { style: SmilStyle; base: string }): Promise<string> {
    const archive = await this.#archive(channel);
    const chunks = await this.#smilChunks(archive, channel, asked);
    const stores = new Map<string, StoreSettings | undefined>();
    for (const id of new Set(chunks.map(storeIdOf))) stores.set(id, await archive.store(id));
    const own = `${base}/archive/${encodeURIComponent(channel)}/`;
    const source = (chunk: Chunk): string => {
      const { objects, revision } = chunk;
      const [object] = objects;
      if (!object) return own;
      const store = stores.get(storeIdOf(chunk));
      return store ? s3ObjectUrl(store, object.key) : own + objectAddress({ object, revision });
    };
    return writeSmil(asked, chunks, { style, source });
  }

  /** The segment of a track that is on at an instant, give or take the rounding of a manifest's times. */
  async segmentAt(channel: string, track: string, wallMs: number): Promise<PlayedSegment> {
    const middle = { startMs: wallMs - 5, endMs: wallMs + 5, isOpen: false };
    const { tracks } = await this.plan(channel, middle);
    const segments = tracks.find((one) => one.track.track === track)?.runs.flatMap((run) => run.segments) ?? [];
    const nearest = segments.sort((a, b) => Math.abs(a.startMs - wallMs) - Math.abs(b.startMs - wallMs))[0];
    if (nearest) return nearest;
    throw new ReelflowError('RANGE_EMPTY', `track ${track} of channel ${channel} has no segment there`);
  }

  /**
   * One of the media of a track, by its id in the MP4: a segment of it, or its init segment, where the track has others
   * beside it. Rejects with MEDIA_BROKEN, DASH_UNAVAILABLE and as ChunkStore.
   */
  async single(channel: string, segment: PlayedSegment, streamId: number, what: 'media' | 'init'): Promise<Uint8Array> {
    const { object, init, length } = segment;
    if (!init || length > largestSegmentBytes) {
      throw new ReelflowError('DASH_UNAVAILABLE', 'this segment can not be taken apart; use .m3u8');
    }
    const archive = await this.#archive(channel);
    const head = await readWhole(archive, channel, object.key, init);
    if (what === 'init') return initOfTrack(head, streamId);
    return segmentOfTrack(head, await readWhole(archive, channel, object.key, segment), streamId);
  }

  /** A segment as it can be decoded by itself: its init segment, then it. Rejects as ChunkStore. */
  async segmentBytes(channel: string, { object, init, offset, length }: PlayedSegment): Promise<Uint8Array> {
    const archive = await this.#archive(channel);
    const head = init ? await readWhole(archive, channel, object.key, init) : Buffer.alloc(0);
    return Buffer.concat([head, await readWhole(archive, channel, object.key, { offset, length })]);
  }

  /** Streams bytes of an object. Rejects with CHANNEL_UNKNOWN, OBJECT_UNKNOWN, and as ChunkStore. */
  async read(channel: string, key: string, range: ObjectRange, abort: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return await (await this.#archive(channel)).read(channel, { key }, range, abort);
  }

  /** An address at which players get the object from its store; undefined: through us, as what is only shown encrypted. */
  async link(channel: string, key: string): Promise<string | undefined> {
    const isEncrypted = await this.isEncrypted(channel);
    return isEncrypted ? undefined : await (await this.#archive(channel)).link(channel, { key });
  }

  /** Whether its HLS is encrypted on its way out. Rejects with CHANNEL_UNKNOWN. */
  async isEncrypted(channel: string): Promise<boolean> {
    return (await (await this.#archive(channel)).settings(channel)).isHlsEncrypted === true;
  }

  async #smilChunks(archive: Archive, channel: string, asked: AskedRange): Promise<Chunk[]> {
    // One that ends where the range begins does not overlap it, and yet may belong to it.
    const span = { startMs: asked.startMs - 1, endMs: asked.endMs };
    const chunks = smilChunks(asked, await archive.chunks(channel, { span, states: ['complete'] }));
    if (chunks.length > 0) return chunks;
    const isAhead = asked.startMs >= this.#around.clock.now();
    const range = `${isoSeconds(asked.startMs)} to ${isoSeconds(asked.endMs)}`;
    const reason = isAhead ? 'it is in the future' : 'it is not in the archive';
    throw new ReelflowError('RANGE_EMPTY', `channel ${channel} has nothing from ${range}: ${reason}`);
  }

  async #archive(channel: string): Promise<Archive> {
    const { archive } = this.#around;
    if (archive.isUsed) return await archive.open();
    throw new ReelflowError('CHANNEL_UNKNOWN', `there is no channel "${channel}"`, { field: 'channel' });
  }

  async #anchor(archive: Archive, channel: string, segment: PlayedSegment): Promise<Anchor> {
    const key = `${segment.object.sha256}/${segment.offset}`;
    const known = this.#anchors.get(key);
    if (known) return await known;
    const asked = this.#readAnchor(archive, channel, segment);
    this.#anchors.set(key, asked);
    const [oldest] = this.#anchors.keys();
    if (this.#anchors.size > mostAnchors && oldest !== undefined) this.#anchors.delete(oldest);
    try {
      return await asked;
    } catch (error) {
      this.#anchors.delete(key);
      throw error;
    }
  }

  async #readAnchor(archive: Archive, channel: string, segment: PlayedSegment): Promise<Anchor> {
    const { object, init, offset, length, startMs } = segment;
    if (!init) throw new ReelflowError('DASH_UNAVAILABLE', 'a segment has no init segment; use .m3u8');
    const [head, fragment] = await Promise.all([
      readWhole(archive, channel, object.key, init),
      readWhole(archive, channel, object.key, { offset, length: Math.min(length, fragmentHeadBytes) }),
    ]);
    return { wallMs: startMs, streams: mediaStreams(head, fragment) };
  }
}

interface Stretch {
  offset: number;
  length: number;
}

async function readWhole(archive: Archive, channel: string, key: string, { offset, length }: Stretch) {
  const parts: Uint8Array[] = [];
  const range = { start: offset, end: offset + length };
  const bytes = await archive.read(channel, { key }, range, AbortSignal.timeout(patienceMs));
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts);
}
