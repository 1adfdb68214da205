import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isAborted } from '../api/errors';
import { partSizeOf, Multipart } from './multipart';

export type UploadState = 'waiting' | 'running' | 'paused' | 'failed' | 'done';

/** Target is where a file goes. */
export interface Target {
  bucket: string;
  key: string;
}

/**
 * Upload is one file on its way. Files above one part go in parts: a part that arrived is never
 * sent again, whether the upload was paused, failed, or left behind by an earlier visit.
 */
export class Upload {
  readonly id = crypto.randomUUID();
  state: UploadState = 'waiting';
  error?: unknown;
  /** sent are the bytes of the parts that arrived. */
  sent = 0;
  /** found are the bytes of parts that an earlier visit had sent. */
  found = 0;
  private abort?: AbortController;
  private parts?: Multipart;
  private readonly whenSettled: ((state: UploadState) => void)[] = [];

  constructor(
    private readonly s3: S3Client,
    readonly file: File,
    readonly target: Target,
    private readonly changed: () => void,
  ) {}

  /** isOf reports whether the upload is of the same file, as far as browsers tell, and place. */
  isOf(file: File, target: Target): boolean {
    const { file: f, target: t } = this;
    return f.size === file.size && f.lastModified === file.lastModified && t.bucket === target.bucket && t.key === target.key;
  }

  /** run sends what is missing. It settles when the upload is done, paused or has failed. */
  async run(): Promise<void> {
    this.abort = new AbortController();
    this.enter('running');
    try {
      await (this.file.size > partSizeOf(this.file.size) ? this.sendParts(this.abort.signal) : this.sendWhole(this.abort.signal));
      this.sent = this.file.size;
      this.enter('done');
    } catch (error) {
      if (this.abort.signal.aborted || isAborted(error)) this.enter('paused');
      else this.enter('failed', error);
    }
  }

  /** settled resolves once the upload neither waits nor runs. */
  settled(): Promise<UploadState> {
    const { state } = this;
    if (state !== 'waiting' && state !== 'running') return Promise.resolve(state);
    return new Promise((resolve) => this.whenSettled.push(resolve));
  }

  /** pause stops sending. Parts under way are given up, parts that arrived are kept. */
  pause(): void {
    if (this.state === 'running') this.abort?.abort();
    else if (this.state === 'waiting') this.enter('paused');
  }

  /** wait puts a paused or failed upload back into the queue. */
  wait(): void {
    this.enter('waiting');
  }

  /** discard gives the upload up, and what has arrived with it. */
  async discard(): Promise<void> {
    this.abort?.abort();
    await this.parts?.discard();
  }

  private async sendWhole(abortSignal: AbortSignal): Promise<void> {
    const Body = new Uint8Array(await this.file.arrayBuffer());
    const { bucket: Bucket, key: Key } = this.target;
    await this.s3.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: this.file.type || undefined }), { abortSignal });
  }

  private async sendParts(signal: AbortSignal): Promise<void> {
    this.parts ??= new Multipart(this.s3, this.file, this.target, (sent, found) => {
      this.sent = sent;
      this.found = found;
      this.changed();
    });
    await this.parts.send(signal);
  }

  private enter(state: UploadState, error?: unknown): void {
    this.state = state;
    this.error = error;
    if (state !== 'waiting' && state !== 'running') for (const resolve of this.whenSettled.splice(0)) resolve(state);
    this.changed();
  }
}
