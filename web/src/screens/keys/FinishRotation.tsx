import { useState } from 'react';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { DateTimeField } from '../../components/DateTimeField';
import { ProblemAlert } from '../../components/ProblemAlert';
import { when } from '../../components/format';
import { downloadKey } from '../../recipe/keys';
import { useSession } from '../../session/session';
import type { NewKey } from '../../signing/key';
import { instant, LateLinks } from './BeginRotation';
import type { Rotating } from './RotateKey';
import { nameOf, underWay, usageColumns, type KeyStatus } from './usage';

interface Props extends Rotating {
  /** made is the new key, while this page that made it stands. */
  made?: { id: string; key: NewKey };
  onSetDate: (removeAfter: string) => Promise<void>;
  onFinish: (force: boolean) => Promise<void>;
}

/** FinishRotation shows both keys at work, and removes the old one. */
export function FinishRotation({ status, usage, busy, error, onDismiss, made, onSetDate, onFinish }: Props) {
  const { clock } = useSession();
  const [force, setForce] = useState(false);
  const rotation = underWay(status)!;
  const next = usage.of(rotation.new);
  const removeAfter = rotation.removeAfter ? new Date(rotation.removeAfter) : undefined;
  const due = removeAfter !== undefined && removeAfter <= clock.now();
  const inPlace = isInPlace(status, next);
  return (
    <Modal
      visible
      size="large"
      onDismiss={onDismiss}
      header={`Rotate ${nameOf(status)}`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Later
            </Button>
            <Button variant="primary" loading={busy} disabled={!inPlace || !(due || force)} onClick={() => void onFinish(force)}>
              Remove the old key
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <ProblemAlert title="The rotation was not changed" thrown={error} />}
        <Deploy id={rotation.new} made={made} />
        <Table
          variant="embedded"
          ariaLabels={{ tableLabel: 'Use of both keys' }}
          items={next ? [status, next] : [status]}
          trackBy="id"
          columnDefinitions={[
            { id: 'key', header: 'Key', cell: (k) => `${k.id === status.id ? 'Old' : 'New'}: ${k.id}`, isRowHeader: true },
            ...usageColumns<KeyStatus>(usage, (k) => k.id),
          ]}
        />
        <Box color="text-body-secondary">As edges see it, within five seconds. A link that nobody has used is invisible.</Box>
        <SpaceBetween size="xs">
          <StatusIndicator type={inPlace ? 'success' : 'error'}>
            {inPlace
              ? 'The new key is trusted in its place'
              : 'The new key must be trusted wherever the old one is; it no longer is'}
          </StatusIndicator>
          <StatusIndicator type={due ? 'success' : 'pending'}>
            {due
              ? 'The old key may be removed'
              : removeAfter
                ? `The old key may be removed from ${when(removeAfter)} on`
                : 'A date must be set for the old key, and come'}
          </StatusIndicator>
        </SpaceBetween>
        <RemovalDate status={status} busy={busy} onSetDate={onSetDate} />
        <LateLinks status={status} removeAfter={removeAfter} />
        {!due && (
          <Checkbox
            checked={force}
            onChange={(e) => setForce(e.detail.checked)}
            description="Links that it has signed and that have not expired break at once."
          >
            Remove it now
          </Checkbox>
        )}
      </SpaceBetween>
    </Modal>
  );
}

/** isInPlace reports whether a key is trusted wherever the one it replaces is. */
function isInPlace(old: KeyStatus, next: KeyStatus | undefined): boolean {
  if (!next?.active) return false;
  return (old.keyGroups ?? []).every((group) => next.keyGroups?.includes(group));
}

function Deploy({ id, made }: { id: string; made: Props['made'] }) {
  if (made?.id !== id)
    return <Box>Everything that signs is to use the new key, {id}, from now on. Its private half is with whoever made it.</Box>;
  return (
    <Alert type="success" action={<Button onClick={() => downloadKey(id, made.key)}>Download both files again</Button>}>
      The new key has the id {id}; <Box variant="code">pk-{id}.pem</Box> is in your downloads, and nowhere else. Give it, and the
      id, to everything that signs.
    </Alert>
  );
}

function RemovalDate({ status, busy, onSetDate }: { status: KeyStatus; busy: boolean; onSetDate: Props['onSetDate'] }) {
  const [date, setDate] = useState('');
  const [time, setTime] = useState('');
  const chosen = instant(date, time);
  return (
    <SpaceBetween size="xs">
      <DateTimeField label="Old key may be removed" optional date={date} time={time} onDate={setDate} onTime={setTime} />
      <LateLinks status={status} removeAfter={chosen} />
      <Button disabled={!chosen} loading={busy} onClick={() => void onSetDate(chosen!.toISOString()).then(() => setDate(''))}>
        Set the date
      </Button>
    </SpaceBetween>
  );
}
