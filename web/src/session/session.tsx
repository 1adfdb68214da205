import { createContext, useContext } from 'react';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { S3Client } from '@aws-sdk/client-s3';
import { apiAddress } from '../api/address';
import { ServerClock } from '../api/clock';
import { Operations, type Credentials, type Site } from '../api/operations';
import { Renewal } from './renewal';

/**
 * Session is one signed-in visit. The secret lives in the clients alone: it is in no storage and
 * in no request, and goes with the page.
 */
export interface Session {
  accessKeyId: string;
  site: Site;
  cloudfront: CloudFrontClient;
  s3: S3Client;
  /** uploader is s3 without the SDK's own retries: uploads count the tries of their parts. */
  uploader: S3Client;
  operations: Operations;
  clock: ServerClock;
  renewal: Renewal;
  /** end signs out. */
  end: () => void;
}

const Context = createContext<Session | undefined>(undefined);
export const SessionProvider = Context.Provider;

/** useSession is the session of a screen; screens are shown to signed-in visitors only. */
export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error('no session');
  return session;
}

/** open tries credentials against the server and builds the clients that sign with them. */
export async function open(credentials: Credentials, end: () => void): Promise<Session> {
  const clock = new ServerClock();
  const renewal = new Renewal(credentials);
  const operations = new Operations(renewal, clock);
  const site = await operations.site();
  const common = {
    credentials: renewal.current,
    endpoint: apiAddress(),
    region: site.region,
    maxAttempts: 3,
    systemClockOffset: clock.offset, // from here on, the SDK follows the server's Date
  };
  return {
    accessKeyId: credentials.accessKeyId,
    site,
    operations,
    clock,
    renewal,
    cloudfront: renewing(new CloudFrontClient(common), renewal),
    s3: renewing(new S3Client({ ...common, forcePathStyle: true }), renewal),
    uploader: renewing(new S3Client({ ...common, forcePathStyle: true, maxAttempts: 1 }), renewal),
    end,
  };
}

/** reopen tries other credentials, and lets the session's requests that wait go on with them. */
export async function reopen(session: Session, credentials: Credentials): Promise<Session> {
  await new Operations(new Renewal(credentials), session.clock).site();
  session.renewal.renew(credentials);
  return { ...session, accessKeyId: credentials.accessKeyId };
}

/** renewing lets a client's commands wait for credentials that have not expired. */
function renewing<C extends CloudFrontClient | S3Client>(client: C, renewal: Renewal): C {
  (client as S3Client).middlewareStack.add((next) => (args) => renewal.through(() => next(args)), {
    name: 'renewCredentials',
    step: 'initialize',
    priority: 'high',
  });
  return client;
}
