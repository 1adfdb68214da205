import { useState } from 'react';
import { UpdateDistributionCommand, type DistributionConfig } from '@aws-sdk/client-cloudfront';
import { useFlash } from '../../app/flash';
import { useSession } from '../../session/session';

/** Current is a distribution's configuration as it was read, and the version it then had. */
export interface Current {
  id: string;
  etag: string;
  config: DistributionConfig;
}

/** Editing saves changes of one distribution. */
export interface Editing extends Current {
  busy: boolean;
  /** reload reads the distribution again. */
  reload: () => void;
  /**
   * save sends a configuration, provided that nobody has changed the distribution since it was
   * read. It resolves to whether it went well; fail gets the error, else the flashbar.
   */
  save: (
    next: DistributionConfig,
    done: string,
    options?: { fail?: (error: unknown) => void; etag?: string },
  ) => Promise<boolean>;
}

/** useEditing makes an Editing; reload is to read the distribution again. */
export function useEditing(current: Current, reload: () => void): Editing {
  const session = useSession();
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const save: Editing['save'] = async (next, done, options) => {
    setBusy(true);
    try {
      await session.cloudfront.send(
        new UpdateDistributionCommand({ Id: current.id, IfMatch: options?.etag ?? current.etag, DistributionConfig: next }),
      );
      flash.success(done);
      reload();
      return true;
    } catch (error) {
      // Somebody else's change is read at once, so that the next try begins with it.
      if (error instanceof Error && /^(PreconditionFailed|InvalidIfMatchVersion)$/.test(error.name)) reload();
      if (options?.fail) options.fail(error);
      else flash.error('The distribution was not changed', error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { ...current, busy, reload, save };
}
