import { useState } from 'react';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLoad } from '../../app/requests';
import { presign } from './presign';

const lifetimes = [
  { value: '300', label: '5 minutes' },
  { value: '3600', label: '1 hour' },
  { value: '43200', label: '12 hours' },
  { value: '604800', label: '7 days' },
];

interface Props {
  bucket: string;
  objectKey: string;
  onDismiss: () => void;
}

/** PresignedLink makes a link to one object on the API address, signed by the session's key. */
export function PresignedLink({ bucket, objectKey, onDismiss }: Props) {
  const [lifetime, setLifetime] = useState(lifetimes[1]!);
  const link = useLoad((s) => presign(s.s3, bucket, objectKey, Number(lifetime.value)), [bucket, objectKey, lifetime.value]);
  return (
    <Modal visible size="large" onDismiss={onDismiss} header={`Presigned link to ${objectKey}`} closeAriaLabel="Close">
      <SpaceBetween size="m">
        <FormField label="Expires after" description="With a temporary access key the link also ends with the session.">
          <Select
            selectedOption={lifetime}
            options={lifetimes}
            onChange={(e) => setLifetime(lifetimes.find((l) => l.value === e.detail.selectedOption.value) ?? lifetime)}
          />
        </FormField>
        <div className="wrap">
          <Box variant="code">{link.data ?? ''}</Box>
        </div>
        <SpaceBetween direction="horizontal" size="xs">
          <CopyToClipboard
            copyButtonText="Copy link"
            copySuccessText="Link copied"
            copyErrorText="Not copied"
            textToCopy={link.data ?? ''}
          />
          <Button href={link.data} target="_blank" iconName="external" iconAlign="right">
            Open link
          </Button>
        </SpaceBetween>
      </SpaceBetween>
    </Modal>
  );
}
