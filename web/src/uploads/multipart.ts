import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  type CompletedPart,
  type Part,
  type S3Client,
} from '@aws-sdk/client-s3';
import { crc32 } from './crc32';
import type { Target } from './upload';

const smallestPart = 8 << 20; // bytes
const mostParts = 10_000; // S3's limit
const atOnce = 3; // parts under way
const tries = 4; // of a part before the upload counts as failed

/** partSizeOf is how a file is cut: 8 MiB, or more where 10,000 parts would not hold it. */
export function partSizeOf(fileSize: number): number {
  return Math.max(smallestPart, Math.ceil(fileSize / mostParts / (1 << 20)) << 20);
}

/** Multipart sends one file in parts, several at once. */
export class Multipart {
  private uploadId?: string;
  private readonly arrived = new Map<number, CompletedPart>();
  private found = 0;
  private readonly partSize: number;

  constructor(
    private readonly s3: S3Client,
    private readonly file: File,
    private readonly target: Target,
    private readonly progress: (sent: number, found: number) => void,
  ) {
    this.partSize = partSizeOf(file.size);
  }

  /** send sends the parts that have not arrived and completes the upload. */
  async send(signal: AbortSignal): Promise<void> {
    this.uploadId ??= (await this.adopt(signal)) ?? (await this.create(signal));
    const missing = this.numbers().filter((n) => !this.arrived.has(n));
    // One failure ends them all: parts that are under way then would arrive unseen.
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const worker = async () => {
      for (let n = missing.shift(); n !== undefined; n = missing.shift()) await this.sendPart(n, either);
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, worker));
    } catch (error) {
      stop.abort();
      throw error;
    }
    await this.complete(signal);
  }

  /** discard gives up the upload and what has arrived of it. */
  async discard(): Promise<void> {
    if (this.uploadId) await this.s3.send(new AbortMultipartUploadCommand({ ...this.where(), UploadId: this.uploadId }));
    this.uploadId = undefined;
    this.arrived.clear();
  }

  private where() {
    return { Bucket: this.target.bucket, Key: this.target.key };
  }

  private numbers(): number[] {
    return Array.from({ length: Math.ceil(this.file.size / this.partSize) }, (_, i) => i + 1);
  }

  private async part(number: number): Promise<Uint8Array> {
    const from = (number - 1) * this.partSize;
    return new Uint8Array(await this.file.slice(from, from + this.partSize).arrayBuffer());
  }

  private async create(abortSignal: AbortSignal): Promise<string | undefined> {
    const command = new CreateMultipartUploadCommand({
      ...this.where(),
      ContentType: this.file.type || undefined,
      ChecksumAlgorithm: 'CRC32',
    });
    return (await this.s3.send(command, { abortSignal })).UploadId;
  }

  /**
   * adopt looks for an upload of the same key that an earlier visit began, and takes those of
   * its parts that are of this file: their size and CRC-32 agree with what would be sent.
   */
  private async adopt(signal: AbortSignal): Promise<string | undefined> {
    const { bucket: Bucket, key: Prefix } = this.target;
    const { Uploads = [] } = await this.s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix }), { abortSignal: signal });
    for (const u of Uploads) {
      if (u.Key === Prefix && u.UploadId && (await this.take(u.UploadId, signal))) return u.UploadId;
    }
    return undefined;
  }

  private async take(uploadId: string, signal: AbortSignal): Promise<boolean> {
    for (let marker: string | undefined, more = true; more;) {
      const command = new ListPartsCommand({ ...this.where(), UploadId: uploadId, PartNumberMarker: marker });
      const page = await this.s3.send(command, { abortSignal: signal });
      for (const p of page.Parts ?? []) await this.takePart(p, signal);
      marker = page.NextPartNumberMarker;
      more = page.IsTruncated ?? false;
    }
    this.found = this.sent();
    this.progress(this.found, this.found);
    return this.arrived.size > 0;
  }

  private async takePart(p: Part, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!p.PartNumber || !p.ChecksumCRC32) return;
    const bytes = await this.part(p.PartNumber);
    if (bytes.length !== p.Size || crc32(bytes) !== p.ChecksumCRC32) return;
    this.arrived.set(p.PartNumber, { PartNumber: p.PartNumber, ETag: p.ETag, ChecksumCRC32: p.ChecksumCRC32 });
  }

  private async sendPart(number: number, abortSignal: AbortSignal): Promise<void> {
    const body = await this.part(number);
    const command = () =>
      new UploadPartCommand({
        ...this.where(),
        UploadId: this.uploadId,
        PartNumber: number,
        Body: body,
        ChecksumCRC32: crc32(body),
      });
    for (let attempt = 1; ; attempt++) {
      abortSignal.throwIfAborted();
      try {
        const { ETag, ChecksumCRC32 } = await this.s3.send(command(), { abortSignal });
        this.arrive({ PartNumber: number, ETag, ChecksumCRC32 });
        return;
      } catch (error) {
        if (abortSignal.aborted || attempt === tries || isFinal(error)) throw error;
        await pause(200 * 2 ** attempt, abortSignal);
      }
    }
  }

  private arrive(part: CompletedPart): void {
    this.arrived.set(part.PartNumber!, part);
    this.progress(this.sent(), this.found);
  }

  private sent(): number {
    let n = 0;
    for (const number of this.arrived.keys()) n += Math.min(this.partSize, this.file.size - (number - 1) * this.partSize);
    return n;
  }

  private async complete(abortSignal: AbortSignal): Promise<void> {
    const Parts = this.numbers().map((n) => this.arrived.get(n)!);
    await this.s3.send(
      new CompleteMultipartUploadCommand({ ...this.where(), UploadId: this.uploadId, MultipartUpload: { Parts } }),
      {
        abortSignal,
      },
    );
  }
}

/** isFinal reports whether another try would fare alike: the server understood, and refused. */
function isFinal(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
