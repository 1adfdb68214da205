import Alert from '@cloudscape-design/components/alert';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import type { StepProps } from './step';

/** DistributionStep asks how the file is delivered. */
export function DistributionStep({ draft, change }: StepProps) {
  const made = !!draft.distribution;
  return (
    <Container>
      <SpaceBetween size="l">
        {made && (
          <Alert type="info">
            Distribution {draft.distribution!.Id} is made. Change it under Distributions; Start anew begins another.
          </Alert>
        )}
        <FormField label="Form" stretch>
          <Tiles
            value={draft.form}
            onChange={(e) => change({ form: e.detail.value as typeof draft.form })}
            items={[
              {
                value: 'modern',
                label: 'Modern',
                disabled: made,
                description: 'Origin access control, and a key group of public keys.',
              },
              {
                value: 'legacy',
                label: 'Legacy',
                disabled: made,
                description:
                  'Origin access identity, and the account’s key pairs (trusted signer self). For code written for them.',
              },
            ]}
          />
        </FormField>
        <FormField
          label="Restrict bucket access"
          description="The distribution is granted read in the bucket policy; nobody else is."
        >
          <Checkbox checked disabled>
            Update bucket policy
          </Checkbox>
        </FormField>
        <FormField label="Viewer protocol">
          <RadioGroup
            value={draft.viewerProtocol}
            onChange={(e) => change({ viewerProtocol: e.detail.value as typeof draft.viewerProtocol })}
            items={[
              { value: 'redirect-to-https', label: 'Redirect HTTP to HTTPS', disabled: made },
              { value: 'https-only', label: 'HTTPS only', disabled: made },
              { value: 'allow-all', label: 'HTTP and HTTPS', disabled: made },
            ]}
          />
        </FormField>
        <FormField label="Caching" description="Managed-CachingOptimized: as the file’s Cache-Control says, a day without one.">
          <Checkbox checked={draft.compress} onChange={(e) => change({ compress: e.detail.checked })} disabled={made}>
            Compress files automatically
          </Checkbox>
        </FormField>
      </SpaceBetween>
    </Container>
  );
}
