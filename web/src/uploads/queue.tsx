import { createContext, useContext, useEffect, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import type { S3Client } from '@aws-sdk/client-s3';
import { useSession } from '../session/session';
import { Upload, type Target } from './upload';

const atOnce = 2; // files under way

/** Queue holds the uploads of a session. They go on while other screens are looked at. */
export class Queue {
  private uploads: readonly Upload[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly whenDone = new Set<(target: Target) => void>();

  constructor(private readonly uploader: S3Client) {}

  /**
   * add puts files into the queue and starts as many as may run. A file that is in it already,
   * paused or failed, goes on.
   */
  add(files: { file: File; target: Target }[]): Upload[] {
    const added = files.map(({ file, target }) => {
      const known = this.uploads.find((u) => u.state !== 'done' && u.isOf(file, target));
      if (known && (known.state === 'paused' || known.state === 'failed')) known.wait();
      return known ?? new Upload(this.uploader, file, target, this.changed);
    });
    this.uploads = [...new Set([...this.uploads, ...added])];
    this.next();
    return added;
  }

  /** resume sends the rest of a paused or failed upload. */
  resume(upload: Upload): void {
    upload.wait();
    this.next();
  }

  /** remove takes an upload out; what had arrived of an unfinished one is discarded. */
  async remove(upload: Upload): Promise<void> {
    this.uploads = this.uploads.filter((u) => u !== upload);
    this.changed();
    this.next();
    if (upload.state !== 'done') await upload.discard();
  }

  /** clear takes out what is done. */
  clear(): void {
    this.uploads = this.uploads.filter((u) => u.state !== 'done');
    this.changed();
  }

  /** onDone calls back for each file that has arrived, until the returned function is called. */
  onDone(callback: (target: Target) => void): () => void {
    this.whenDone.add(callback);
    return () => this.whenDone.delete(callback);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  snapshot = (): readonly Upload[] => this.uploads;

  private changed = (): void => {
    this.uploads = [...this.uploads]; // a new array tells React
    for (const listener of this.listeners) listener();
  };

  private next(): void {
    const running = this.uploads.filter((u) => u.state === 'running').length;
    for (const upload of this.uploads.filter((u) => u.state === 'waiting').slice(0, Math.max(0, atOnce - running))) {
      void upload.run().then(() => {
        if (upload.state === 'done') for (const callback of this.whenDone) callback(upload.target);
        this.next();
      });
    }
    this.changed();
  }
}

const Context = createContext<Queue | undefined>(undefined);

/** UploadsProvider gives the screens their session's queue, and asks before a page that uploads is left. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const { uploader } = useSession(); // stays when the visitor signs in again
  const queue = useMemo(() => new Queue(uploader), [uploader]);
  useEffect(() => {
    const ask = (e: BeforeUnloadEvent) => {
      if (queue.snapshot().some((u) => u.state === 'running' || u.state === 'waiting')) e.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [queue]);
  return <Context.Provider value={queue}>{children}</Context.Provider>;
}

/** useUploads is the session's queue and what is in it. */
export function useUploads(): { queue: Queue; uploads: readonly Upload[] } {
  const queue = useContext(Context);
  if (!queue) throw new Error('no uploads');
  return { queue, uploads: useSyncExternalStore(queue.subscribe, queue.snapshot) };
}
