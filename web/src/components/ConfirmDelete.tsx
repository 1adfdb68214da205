import { useState, type ReactNode } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';

interface Props {
  /** what is deleted, as the title says it: “bucket films”. */
  what: string;
  /** children say what else goes with it. */
  children: ReactNode;
  /** typed, if given, must be typed before the button works. */
  typed?: string;
  busy: boolean;
  onConfirm: () => void;
  onDismiss: () => void;
}

/** ConfirmDelete asks before something is deleted for good. */
export function ConfirmDelete({ what, children, typed, busy, onConfirm, onDismiss }: Props) {
  const [text, setText] = useState('');
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      header={`Delete ${what}?`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={typed !== undefined && text !== typed} onClick={onConfirm}>
              Delete
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>{children}</Box>
        {typed !== undefined && (
          <FormField label={`To confirm, type ${typed}`}>
            <Input value={text} onChange={(e) => setText(e.detail.value)} autoFocus />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}
