import { useCallback, useEffect, useRef, useState } from 'react';
import type { Credentials } from '../api/operations';
import { exchange } from '../session/link';
import { open, reopen, SessionProvider, type Session } from '../session/session';
import { SignInAgain } from '../session/SignInAgain';
import { SignedIn } from './SignedIn';
import { SignedOut } from './SignedOut';

/** App is the console: the sign-in, then the screens. link is the secret of a one-time link. */
export function App({ link }: { link?: string }) {
  const [session, setSession] = useState<Session>();
  const [expired, setExpired] = useState(false);
  const unused = useRef(window.isSecureContext ? link : undefined);
  const [opening, setOpening] = useState(unused.current !== undefined);
  const [refusal, setRefusal] = useState<unknown>();

  const end = useCallback(() => {
    setSession(undefined);
    setExpired(false);
  }, []);
  const signIn = useCallback(
    async (credentials: Credentials) => {
      const opened = await open(credentials, end);
      opened.renewal.onExpired = () => setExpired(true);
      setSession(opened);
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

  if (!session) return <SignedOut signIn={signIn} opening={opening} refusal={refusal} />;
  return (
    <SessionProvider value={session}>
      <SignedIn />
      {expired && (
        <SignInAgain
          signIn={async (credentials) => {
            setSession(await reopen(session, credentials));
            setExpired(false);
          }}
          onDismiss={() => {
            setExpired(false);
            session.renewal.decline();
          }}
        />
      )}
    </SessionProvider>
  );
}
