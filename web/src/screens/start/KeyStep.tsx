import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { kinds } from '../keys/kinds';
import type { StepProps } from './step';

const lifetimes = [
  { value: '1', label: '1 hour' },
  { value: '24', label: '1 day' },
  { value: '168', label: '1 week' },
];

/** KeyStep asks for the key that signs, and how long the URL lives. */
export function KeyStep({ draft, change }: StepProps) {
  const made = !!draft.key;
  return (
    <Container>
      <SpaceBetween size="l">
        <Alert type={made ? 'success' : 'info'}>
          {made
            ? `Key ${draft.key!.id} is made, and its two files are in your downloads.`
            : 'Next makes the key in this browser, gives its public half to the server, and downloads both halves as files.'}
        </Alert>
        {draft.form === 'modern' && (
          <FormField label="Name" description="Of the public key, and of the key group that the distribution trusts.">
            <Input value={draft.keyName} onChange={(e) => change({ keyName: e.detail.value })} disabled={made} />
          </FormField>
        )}
        <FormField label="Kind">
          <RadioGroup
            value={draft.keyKind}
            onChange={(e) => change({ keyKind: e.detail.value as typeof draft.keyKind })}
            items={kinds.map((k) => ({ ...k, disabled: made }))}
          />
        </FormField>
        <FormField label="The signed URL expires after">
          <Select
            selectedOption={lifetimes.find((l) => l.value === String(draft.hours)) ?? null}
            options={lifetimes}
            onChange={(e) => change({ hours: Number(e.detail.selectedOption.value) })}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}
