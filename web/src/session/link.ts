import { apiAddress } from '../api/address';
import { problemOf, type Credentials } from '../api/operations';

/**
 * takeLink takes the secret of a one-time link, `#link=SECRET`, out of the address bar and its
 * history. Browsers send no fragment to servers, so that the secret is in no log.
 */
export function takeLink(): string | undefined {
  const secret = location.hash.match(/^#link=(.+)$/)?.[1];
  if (!secret) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  return decodeURIComponent(secret);
}

/** exchange turns the secret of a one-time link into a temporary key. It works once. */
export async function exchange(secret: string): Promise<Credentials> {
  const answer = await fetch(`${apiAddress()}/_warmfront/v1/console-link/exchange`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
    cache: 'no-store',
  });
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as Credentials;
}
