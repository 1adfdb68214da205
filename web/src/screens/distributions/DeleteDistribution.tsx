import { useState } from 'react';
import { DeleteDistributionCommand } from '@aws-sdk/client-cloudfront';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useFlash } from '../../app/flash';
import { ProblemAlert } from '../../components/ProblemAlert';
import { useSession } from '../../session/session';
import type { Editing } from './editing';

interface Props {
  editing: Editing;
  status?: string;
  onDeleted: () => void;
  onClose: () => void;
}

/** DeleteDistribution shows what the API asks for before it deletes a distribution, and helps with it. */
export function DeleteDistribution({ editing, status, onDeleted, onClose }: Props) {
  const { cloudfront } = useSession();
  const flash = useFlash();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { id, etag, config, save } = editing;
  const disabled = !config.Enabled;
  const deployed = status === 'Deployed';

  async function remove() {
    setBusy(true);
    setError(undefined);
    try {
      await cloudfront.send(new DeleteDistributionCommand({ Id: id, IfMatch: etag }));
      flash.success(`Distribution ${id} was deleted.`);
      onDeleted();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  }
  return (
    <Modal
      visible
      onDismiss={onClose}
      header={`Delete distribution ${id}?`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={!disabled || !deployed} onClick={() => void remove()}>
              Delete
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <ProblemAlert title="The distribution was not deleted" thrown={error} />}
        <Box>
          Its domain name stops working, and its invalidations go with it. Buckets, keys and identities stay. Two things must be
          so before:
        </Box>
        <SpaceBetween size="xs">
          <StatusIndicator type={disabled ? 'success' : 'pending'}>
            {disabled ? 'It is disabled' : 'It must be disabled; it is still enabled'}
          </StatusIndicator>
          <StatusIndicator type={disabled && deployed ? 'success' : deployed ? 'pending' : 'in-progress'}>
            {disabled && deployed ? 'Every edge knows (Deployed)' : 'Every edge must know that (Deployed)'}
          </StatusIndicator>
        </SpaceBetween>
        {!disabled && (
          <Button
            loading={editing.busy}
            onClick={() => void save({ ...config, Enabled: false }, `Distribution ${id} was disabled.`, { fail: setError })}
          >
            Disable it now
          </Button>
        )}
      </SpaceBetween>
    </Modal>
  );
}
