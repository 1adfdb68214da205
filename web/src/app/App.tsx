import { useCallback, useState } from 'react';
import { isExpired } from '../api/errors';
import type { Credentials } from '../api/operations';
import { open, SessionProvider, type Session } from '../session/session';
import { SignedIn } from './SignedIn';
import { SignedOut } from './SignedOut';

/** App is the console: the sign-in, then the screens. */
export function App() {
  const [session, setSession] = useState<Session>();
  const [notice, setNotice] = useState<string>();

  const end = useCallback((reason?: unknown) => {
    setSession(undefined);
    setNotice(isExpired(reason) ? 'Your session has ended. Sign in again.' : undefined);
  }, []);
  const signIn = useCallback(
    async (credentials: Credentials) => {
      setSession(await open(credentials, end));
      setNotice(undefined);
    },
    [end],
  );

  if (!session) return <SignedOut signIn={signIn} notice={notice} />;
  return (
    <SessionProvider value={session}>
      <SignedIn />
    </SessionProvider>
  );
}
