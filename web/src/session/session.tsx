import { createContext, useContext } from 'react';
import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { S3Client } from '@aws-sdk/client-s3';
import { apiAddress } from '../api/address';
import { Operations, type Credentials, type Site } from '../api/operations';

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
  /** end signs out; reason is the error that ended the session, if one did. */
  end: (reason?: unknown) => void;
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
export async function open(credentials: Credentials, end: (reason?: unknown) => void): Promise<Session> {
  const operations = new Operations(credentials);
  const site = await operations.site();
  const common = { credentials, endpoint: apiAddress(), region: site.region, maxAttempts: 3 };
  return {
    accessKeyId: credentials.accessKeyId,
    site,
    operations,
    cloudfront: new CloudFrontClient(common),
    s3: new S3Client({ ...common, forcePathStyle: true }),
    uploader: new S3Client({ ...common, forcePathStyle: true, maxAttempts: 1 }),
    end,
  };
}
