import { useMemo, useSyncExternalStore } from 'react';

/** Place is where the address bar's fragment points: `#/buckets/films?prefix=a/`. */
export interface Place {
  path: string;
  query: URLSearchParams;
}

/** Params are the decoded segments that matched `:name` in a route's pattern. */
export type Params = Record<string, string>;

function subscribe(onChange: () => void): () => void {
  addEventListener('hashchange', onChange);
  return () => removeEventListener('hashchange', onChange);
}

/** usePlace follows the address bar. */
export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parse(hash), [hash]);
}

function parse(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split(/\?(.*)/s);
  return { path: path || '/', query: new URLSearchParams(query) };
}

/** match gives the parameters of a path that fits a pattern such as `/buckets/:bucket`. */
export function match(pattern: string, path: string): Params | undefined {
  const want = pattern.split('/');
  const have = path.split('/');
  if (want.length !== have.length) return undefined;
  const params: Params = {};
  for (const [i, segment] of want.entries()) {
    const value = have[i]!;
    if (!segment.startsWith(':')) {
      if (segment !== value) return undefined;
      continue;
    }
    try {
      params[segment.slice(1)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return params;
}

/** href writes a link to a place: `href('/buckets/:bucket', { bucket }, { prefix })`. */
export function href(pattern: string, params: Params = {}, query: Record<string, string | undefined> = {}): string {
  const path = pattern.replace(/:([a-zA-Z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const given = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
  return `#${path}${given.length ? `?${new URLSearchParams(given)}` : ''}`;
}

/** navigate goes to a link made by href. */
export function navigate(link: string): void {
  location.hash = link.replace(/^#/, '');
}
