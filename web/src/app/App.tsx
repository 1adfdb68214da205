import { useCallback, useEffect, useRef, useState } from 'react';
import { isExpired } from '../api/errors';
import type { Credentials } from '../api/operations';
import { exchange } from '../session/link';
import { open, SessionProvider, type Session } from '../session/session';
import { SignedIn } from './SignedIn';
import { SignedOut } from './SignedOut';

/** App is the console: the sign-in, then the screens. link is the secret of a one-time link. */
export function App({ link }: { link?: string }) {
  const [session, setSession] = useState<Session>();
  const [notice, setNotice] = useState<string>();
  const unused = useRef(window.isSecureContext ? link : undefined);
  const [opening, setOpening] = useState(unused.current !== undefined);
  const [refusal, setRefusal] = useState<unknown>();

  const end = useCallback((reason?: unknown) => {
    setSession(undefined);
    setNotice(isExpired(reason) ? 'Your session has ended. Sign in again.' : undefined);
  }, []);
  const signIn = useCallback(
    async (credentials: Credentials) => {
      setSession(await open(credentials, end));
      setNotice(undefined);
      setRefusal(undefined);
    },
    [end],
  );
  useEffect(() => {
    const secret = unused.current;
    if (secret === undefined) return;
    unused.current = undefined;
    exchange(secret)
      .then(signIn)
      .catch(setRefusal)
      .finally(() => setOpening(false));
  }, [signIn]);

  if (!session) return <SignedOut signIn={signIn} notice={notice} opening={opening} refusal={refusal} />;
  return (
    <SessionProvider value={session}>
      <SignedIn />
    </SessionProvider>
  );
}
