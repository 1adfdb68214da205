import { useCallback, useEffect, useRef, useState } from 'react';
import { isAborted } from '../api/errors';
import { useSession, type Session } from '../session/session';
import { useFlash } from './flash';

/** Loaded is the state of a request whose answer a screen shows. */
export interface Loaded<T> {
  data?: T;
  error?: unknown;
  loading: boolean;
  reload: () => void;
}

/** Answer is what is known about the request whose dependencies are key. */
interface Answer<T> {
  key: string;
  data?: T;
  error?: unknown;
  loading: boolean;
}

/**
 * useLoad asks the API for what a screen shows, again whenever a dependency changes or reload is
 * called. A request that was overtaken is aborted. The data of the last answer stays while a
 * newer one is under way, unless a dependency changed.
 */
export function useLoad<T>(load: (session: Session, signal: AbortSignal) => Promise<T>, deps: readonly unknown[]): Loaded<T> {
  const session = useSession();
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState<Answer<T>>({ key: '', loading: true });
  const key = JSON.stringify(deps);
  const latest = useRef(load);
  latest.current = load;

  useEffect(() => {
    const abort = new AbortController();
    setState((s) => (s.key === key ? { ...s, loading: true } : { key, loading: true }));
    latest.current(session, abort.signal).then(
      (data) => !abort.signal.aborted && setState({ key, data, loading: false }),
      (error: unknown) => {
        if (abort.signal.aborted || isAborted(error)) return;
        setState({ key, error, loading: false });
      },
    );
    return () => abort.abort();
  }, [session, key, turn]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const current: Answer<T> = state.key === key ? state : { key, loading: true };
  return { data: current.data, error: current.error, loading: current.loading, reload };
}

/** Act does a change and tells in the flashbar how it went; it resolves to whether it went well. */
export interface Act {
  busy: boolean;
  run: (change: () => Promise<unknown>, words: { done?: string; failed: string }) => Promise<boolean>;
}

/** useAct runs changes on behalf of buttons. */
export function useAct(): Act {
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const run = useCallback<Act['run']>(
    async (change, { done, failed }) => {
      setBusy(true);
      try {
        await change();
        if (done) flash.success(done);
        return true;
      } catch (error) {
        flash.error(failed, error);
        return false;
      } finally {
        setBusy(false);
      }
    },
    [flash],
  );
  return { busy, run };
}

/** Page is one answer of a listing; next is the marker of the following one. */
export interface Page<T> {
  items: T[];
  next?: string;
}

/** Pages is a long list, loaded page by page as it is looked at. */
export interface Pages<T> extends Loaded<T[]> {
  /** more loads the next page; undefined when all are loaded. */
  more?: () => Promise<void>;
}

/** usePages loads a listing by the API's markers: the first page at once, others by more. */
export function usePages<T>(
  list: (session: Session, marker: string | undefined, signal?: AbortSignal) => Promise<Page<T>>,
  deps: readonly unknown[],
): Pages<T> {
  const session = useSession();
  const first = useLoad((s, signal) => list(s, undefined, signal), deps);
  const [rest, setRest] = useState<{ of?: Page<T>; items: T[]; next?: string }>({ items: [] });
  const flash = useFlash();
  const page = first.data;
  const known = page && rest.of === page ? rest : { of: page, items: page?.items ?? [], next: page?.next };

  const more = async () => {
    try {
      const following = await list(session, known.next);
      setRest({ of: page, items: [...known.items, ...following.items], next: following.next });
    } catch (error) {
      flash.error('The next page was not loaded', error);
    }
  };
  return { ...first, data: page && known.items, more: known.next ? more : undefined };
}

/** usePolling asks again, some milliseconds after each answer, as long as it is active. */
export function usePolling(active: boolean, loading: boolean, reload: () => void, pause = 1000): void {
  useEffect(() => {
    if (!active || loading) return;
    const timer = setTimeout(reload, pause);
    return () => clearTimeout(timer);
  }, [active, loading, reload, pause]);
}
