import type { DeliveryFiles, FileWork, TargetCheck } from '../../core/delivery/delivery-files.ts';
import { isS3Address, type S3Places } from '../../core/s3/s3-places.ts';
import { DiskFiles } from '../files/disk-files.ts';
import type { S3DeliveryFiles } from './s3-delivery-files.ts';

/** Targets of deliveries: folders, and object stores, whose client is loaded with the first of them. */
export class DeliveryTargets implements DeliveryFiles {
  readonly #disk = new DiskFiles();
  readonly #places: S3Places;
  /** Of uploads that wait for their commit. */
  readonly #sums = new Map<string, string>();
  #loading: Promise<S3DeliveryFiles> | undefined;

  constructor(places: S3Places) {
    this.#places = places;
  }

  async openTarget(folder: string, check: TargetCheck): Promise<{ freeBytes: number }> {
    if (!isS3Address(folder)) return await this.#disk.openTarget(folder, check);
    // Says whether the bucket is there.
    await (await this.#s3()).size(`${folder}/.reelflow-target`);
    return { freeBytes: Number.MAX_SAFE_INTEGER };
  }

  async place(folder: string, name: string): Promise<string> {
    return isS3Address(folder) ? `${folder}/${name}` : await this.#disk.place(folder, name);
  }

  async size(path: string): Promise<number | undefined> {
    if (!isS3Address(path)) return await this.#disk.size(path);
    return isPartial(path) ? undefined : await (await this.#s3()).size(path);
  }

  async checksum(path: string, work: FileWork): Promise<string> {
    if (!isS3Address(path)) return await this.#disk.checksum(path, work);
    return this.#sums.get(path) ?? (await (await this.#s3()).checksum(path, work));
  }

  async copy(source: string, target: string, work: FileWork): Promise<string> {
    if (!isS3Address(target)) return await this.#disk.copy(source, target, work);
    const sum = await (await this.#s3()).copy(source, target, work);
    // The store has compared it with what it has: reading it all back would say the same.
    this.#sums.set(`${target}.partial`, sum);
    return sum;
  }

  async commit(target: string): Promise<void> {
    if (!isS3Address(target)) return await this.#disk.commit(target);
    this.#sums.delete(`${target}.partial`);
  }

  async removePartial(target: string): Promise<void> {
    if (!isS3Address(target)) await this.#disk.removePartial(target);
  }

  async readText(path: string): Promise<string | undefined> {
    return isS3Address(path) ? await (await this.#s3()).readText(path) : await this.#disk.readText(path);
  }

  async writeText(path: string, text: string): Promise<void> {
    if (isS3Address(path)) await (await this.#s3()).writeText(path, text);
    else await this.#disk.writeText(path, text);
  }

  async removeSource(path: string): Promise<void> {
    await this.#disk.removeSource(path);
  }

  async #s3(): Promise<S3DeliveryFiles> {
    this.#loading ??= import('./s3-delivery-files.ts').then((module) => new module.S3DeliveryFiles(this.#places));
    return await this.#loading;
  }
}

function isPartial(path: string): boolean {
  return path.endsWith('.partial');
}
