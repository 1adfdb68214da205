import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSession } from '../../session/session';
import type { Choices } from './choices';
import { bucketDomain, type Access, type Request } from './create';

interface Props {
  value: Request;
  change: (part: Partial<Request>) => void;
  choices?: Choices;
}

/** OriginFields asks where a new distribution fetches from, and as whom. */
export function OriginFields({ value, change, choices }: Props) {
  const { site } = useSession();
  const buckets = (choices?.buckets ?? []).map((b) => ({ value: bucketDomain(b.value!, site.region), label: b.value }));
  function domain(text: string) {
    const bucket = buckets.find((b) => b.value === text)?.label;
    change({ domain: text.trim(), bucket });
  }
  return (
    <SpaceBetween size="l">
      <FormField label="Origin domain" description="Choose a bucket, or enter the domain name of a server that answers by HTTPS.">
        <Autosuggest
          value={value.domain}
          options={buckets}
          enteredTextLabel={(text) => `Use “${text}”`}
          empty="There are no buckets yet."
          placeholder="Choose origin domain"
          onChange={(e) => domain(e.detail.value)}
        />
      </FormField>
      <FormField label="Origin path – optional" constraintText="A folder that is put in front of every path: /published">
        <Input value={value.originPath} onChange={(e) => change({ originPath: e.detail.value })} spellcheck={false} />
      </FormField>
      {value.bucket && <BucketAccess value={value} change={change} choices={choices} />}
    </SpaceBetween>
  );
}

function BucketAccess({ value, change, choices }: Props) {
  const existing = (value.access === 'control' ? choices?.accessControls : choices?.identities) ?? [];
  const restricted = value.access !== 'public';
  return (
    <SpaceBetween size="l">
      <FormField
        label="Restrict bucket access"
        description="If you restrict it, viewers open the bucket’s content through CloudFront URLs only."
      >
        <RadioGroup
          value={value.access}
          onChange={(e) => change({ access: e.detail.value as Access, accessId: '' })}
          items={[
            {
              value: 'control',
              label: 'Yes, use an origin access control',
              description: 'Requests to the bucket are signed; recommended.',
            },
            { value: 'identity', label: 'Yes, use an origin access identity', description: 'The legacy form.' },
            { value: 'public', label: 'No', description: 'The bucket must let anyone read.' },
          ]}
        />
      </FormField>
      {restricted && (
        <FormField label={value.access === 'control' ? 'Origin access control' : 'Origin access identity'}>
          <RadioGroup
            value={value.accessId ? 'existing' : 'new'}
            onChange={(e) => change({ accessId: e.detail.value === 'new' ? '' : existing[0]?.value })}
            items={[
              { value: 'new', label: value.access === 'control' ? 'Create a new access control' : 'Create a new identity' },
              {
                value: 'existing',
                label: value.access === 'control' ? 'Use an existing access control' : 'Use an existing identity',
                disabled: !existing.length,
              },
            ]}
          />
        </FormField>
      )}
      {restricted && value.accessId && (
        <FormField label="Your identities">
          <Select
            selectedOption={existing.find((o) => o.value === value.accessId) ?? null}
            options={existing}
            onChange={(e) => change({ accessId: e.detail.selectedOption.value })}
          />
        </FormField>
      )}
      {restricted && (
        <FormField label="Grant read permissions on bucket">
          <RadioGroup
            value={value.grant ? 'yes' : 'no'}
            onChange={(e) => change({ grant: e.detail.value === 'yes' })}
            items={[
              { value: 'yes', label: 'Yes, update bucket policy' },
              { value: 'no', label: 'No, I will update the permissions' },
            ]}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}
