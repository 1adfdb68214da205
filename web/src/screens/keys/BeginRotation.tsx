import { useState } from 'react';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { DateTimeField } from '../../components/DateTimeField';
import { ProblemAlert } from '../../components/ProblemAlert';
import { when } from '../../components/format';
import type { KeyKind } from '../../signing/key';
import { kinds } from './kinds';
import type { Rotating } from './RotateKey';
import { nameOf, type KeyStatus, type Usage } from './usage';

interface Props extends Rotating {
  /** onBegin is given RFC 3339. */
  onBegin: (kind: KeyKind, removeAfter?: string) => Promise<void>;
}

/** BeginRotation says what must be so before a key can be replaced, and makes the new one. */
export function BeginRotation({ status, usage, busy, error, onDismiss, onBegin }: Props) {
  const [kind, setKind] = useState<KeyKind>('RSA-2048');
  const [date, setDate] = useState('');
  const [time, setTime] = useState('');
  const removeAfter = instant(date, time);
  const needs = preconditions(status, usage);
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      header={`Rotate ${nameOf(status)}`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={busy}
              disabled={needs.some((n) => !n.met)}
              onClick={() => void onBegin(kind, removeAfter?.toISOString())}
            >
              Start rotation
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <ProblemAlert title="The rotation was not started" thrown={error} />}
        <Box>
          A new key is made in this browser and trusted wherever this one is. Then everything that signs is given the new one;
          when what the old one has signed has expired, it is removed.
        </Box>
        <SpaceBetween size="xs">
          {needs.map((n) => (
            <StatusIndicator key={n.text} type={n.met ? 'success' : 'error'}>
              {n.text}
            </StatusIndicator>
          ))}
        </SpaceBetween>
        <FormField label="New key">
          <RadioGroup value={kind} onChange={(e) => setKind(e.detail.value as KeyKind)} items={kinds} />
        </FormField>
        <DateTimeField label="Old key may be removed" optional date={date} time={time} onDate={setDate} onTime={setTime} />
        <LateLinks status={status} removeAfter={removeAfter} />
      </SpaceBetween>
    </Modal>
  );
}

/** instant reads a date and a time in the visitor's zone. */
export function instant(date: string, time: string): Date | undefined {
  const read = new Date(`${date}T${time || '00:00:00'}`);
  return date && !Number.isNaN(read.getTime()) ? read : undefined;
}

/** LateLinks warns of links that have been seen and would outlive a key. */
export function LateLinks({ status, removeAfter }: { status: KeyStatus; removeAfter?: Date }) {
  if (!removeAfter || !status.latestExpiry || new Date(status.latestExpiry) <= removeAfter) return null;
  return (
    <Alert type="warning">Links have been seen that expire later, on {when(status.latestExpiry)}: they will break then.</Alert>
  );
}

/** preconditions are what the server asks for before it starts a rotation. */
function preconditions(status: KeyStatus, usage: Usage): { met: boolean; text: string }[] {
  if (status.type === 'public-key') {
    const groups = status.keyGroups ?? [];
    return groups.length > 0
      ? [
          {
            met: true,
            text: `It is in ${groups.length === 1 ? 'a key group' : `${groups.length} key groups`}; the new key joins it there`,
          },
        ]
      : [{ met: false, text: 'It must be in a key group; nothing trusts it now' }];
  }
  const other = usage.keys.find((k) => k.type === 'key-pair' && k.active && k.id !== status.id);
  return [
    { met: status.active, text: status.active ? 'It is active' : 'It must be active' },
    {
      met: !other,
      text: other
        ? `No other key pair may be active, of two at most; ${other.id} is`
        : 'No other key pair is active; the new one will be',
    },
  ];
}
