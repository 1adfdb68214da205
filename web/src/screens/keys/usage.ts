import type { TableProps } from '@cloudscape-design/components/table';
import { usePolling, useLoad } from '../../app/requests';
import { when } from '../../components/format';

/** KeyStatus is a public key or a key pair, and what edges have seen of it. Dates are RFC 3339. */
export interface KeyStatus {
  id: string;
  type: 'public-key' | 'key-pair';
  name?: string;
  active: boolean;
  keyGroups: string[] | null;
  lastSeen: string | null;
  /** requests are those admitted within the window. */
  requests: number;
  latestExpiry: string | null;
  since: string | null;
  rotation?: Rotation;
}

/** Rotation replaces one key by another; the old one is removed no earlier than removeAfter. */
export interface Rotation {
  old: string;
  new: string;
  started: string;
  removeAfter?: string | null;
  finished?: string | null;
}

/** Usage is what is known of all keys. */
export interface Usage {
  of: (id: string) => KeyStatus | undefined;
  keys: KeyStatus[];
  error?: unknown;
  reload: () => void;
}

const period = 5000; // ms; edges report as often

/** useUsage follows what edges see of the keys. */
export function useUsage(): Usage {
  const loaded = useLoad(async ({ operations }, signal) => {
    const { keys } = await operations.json<{ keys: KeyStatus[] }>({ path: 'keys', signal });
    return { keys, of: new Map(keys.map((k) => [k.id, k])) };
  }, []);
  usePolling(loaded.error === undefined, loaded.loading, loaded.reload, period);
  return {
    keys: loaded.data?.keys ?? [],
    of: (id) => loaded.data?.of.get(id),
    error: loaded.error,
    reload: loaded.reload,
  };
}

/** usageColumns are the columns of a table of keys that tell their use. */
export function usageColumns<T>(usage: Usage, id: (key: T) => string): TableProps.ColumnDefinition<T>[] {
  const of = (key: T) => usage.of(id(key));
  return [
    { id: 'seen', header: 'Last seen', cell: (k) => (of(k)?.lastSeen === null ? 'Never' : when(of(k)?.lastSeen ?? undefined)) },
    { id: 'requests', header: 'Requests, 24 h', cell: (k) => of(k)?.requests.toLocaleString() ?? '–' },
    { id: 'expiry', header: 'Latest expiry seen', cell: (k) => when(of(k)?.latestExpiry ?? undefined) },
  ];
}

/** underWay is the rotation of a key that has not been finished. */
export function underWay(k: KeyStatus | undefined): Rotation | undefined {
  return k?.rotation && !k.rotation.finished ? k.rotation : undefined;
}

/** nameOf is what people call a key. */
export function nameOf(k: KeyStatus): string {
  return k.name ? `${k.name} (${k.id})` : k.id;
}
