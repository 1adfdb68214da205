import type { Method, ViewerProtocolPolicy } from '@aws-sdk/client-cloudfront';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Link from '@cloudscape-design/components/link';
import Multiselect from '@cloudscape-design/components/multiselect';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select, { type SelectProps } from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { href } from '../../app/router';
import type { Choices } from './choices';
import { list, type Behavior } from './config';

interface Props<B extends Behavior> {
  value: B;
  onChange: (b: B) => void;
  choices?: Choices;
}

/** methods are the three sets that CloudFront allows. */
const methods: Record<string, Method[]> = {
  read: ['GET', 'HEAD'],
  options: ['GET', 'HEAD', 'OPTIONS'],
  all: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'],
};

/** BehaviorFields edits what a behavior does with viewers and with the cache. */
export function BehaviorFields<B extends Behavior>({ value, onChange, choices }: Props<B>) {
  const change = (part: Partial<Behavior>) => onChange({ ...value, ...part });
  const count = value.AllowedMethods?.Items?.length ?? 2;
  const cached = value.AllowedMethods?.CachedMethods;
  return (
    <SpaceBetween size="l">
      <FormField label="Viewer protocol policy">
        <RadioGroup
          value={value.ViewerProtocolPolicy ?? 'redirect-to-https'}
          onChange={(e) => change({ ViewerProtocolPolicy: e.detail.value as ViewerProtocolPolicy })}
          items={[
            { value: 'allow-all', label: 'HTTP and HTTPS' },
            { value: 'redirect-to-https', label: 'Redirect HTTP to HTTPS' },
            { value: 'https-only', label: 'HTTPS only' },
          ]}
        />
      </FormField>
      <FormField label="Allowed HTTP methods">
        <RadioGroup
          value={count > 3 ? 'all' : count > 2 ? 'options' : 'read'}
          onChange={(e) => {
            const allowed = methods[e.detail.value]!;
            change({
              AllowedMethods: {
                Quantity: allowed.length,
                Items: allowed,
                CachedMethods: cached ?? { Quantity: 2, Items: ['GET', 'HEAD'] },
              },
            });
          }}
          items={[
            { value: 'read', label: 'GET, HEAD' },
            { value: 'options', label: 'GET, HEAD, OPTIONS' },
            { value: 'all', label: 'GET, HEAD, OPTIONS, PUT, POST, PATCH, DELETE' },
          ]}
        />
      </FormField>
      <Restriction value={value} change={change} choices={choices} />
      <Caching value={value} change={change} choices={choices} />
      <FormField label="Compression">
        <Checkbox checked={value.Compress ?? false} onChange={(e) => change({ Compress: e.detail.checked })}>
          Compress objects automatically
        </Checkbox>
      </FormField>
    </SpaceBetween>
  );
}

interface Part {
  value: Behavior;
  change: (part: Partial<Behavior>) => void;
  choices?: Choices;
}

/** Restriction asks whether viewers must use signed URLs or cookies, and whom to trust with signing them. */
function Restriction({ value, change, choices }: Part) {
  const groups = value.TrustedKeyGroups;
  const signers = value.TrustedSigners;
  const kind = groups?.Enabled ? 'groups' : signers?.Enabled ? 'signers' : 'none';
  const none = { Enabled: false, Quantity: 0 };
  const chosen = groups?.Items ?? [];
  const named = (id: string) => choices?.keyGroups.find((o) => o.value === id) ?? { value: id, label: id };
  function choose(to: string) {
    if (to === 'yes') to = 'groups';
    change({
      TrustedKeyGroups: to === 'groups' ? { Enabled: true, ...list(chosen) } : none,
      TrustedSigners: to === 'signers' ? { Enabled: true, Quantity: 1, Items: ['self'] } : none,
    });
  }
  return (
    <SpaceBetween size="l">
      <FormField
        label="Restrict viewer access"
        description="If you restrict viewer access, viewers must use signed URLs or signed cookies to open your content."
      >
        <RadioGroup
          value={kind === 'none' ? 'no' : 'yes'}
          onChange={(e) => choose(e.detail.value === 'no' ? 'none' : 'yes')}
          items={[
            { value: 'no', label: 'No' },
            { value: 'yes', label: 'Yes' },
          ]}
        />
      </FormField>
      {kind !== 'none' && (
        <FormField label="Trusted authorization type">
          <RadioGroup
            value={kind}
            onChange={(e) => choose(e.detail.value)}
            items={[
              { value: 'groups', label: 'Trusted key groups' },
              {
                value: 'signers',
                label: 'Trusted signers: self',
                description: `The key pairs of this account.${otherSigners(signers?.Items)}`,
              },
            ]}
          />
        </FormField>
      )}
      {kind === 'groups' && (
        <FormField
          label="Key groups"
          errorText={chosen.length ? undefined : 'Choose a key group, or nobody could open anything.'}
          constraintText={
            choices?.keyGroups.length === 0 ? (
              <>
                None yet: <Link href={href('/keys')}>create one under Keys</Link>.
              </>
            ) : undefined
          }
        >
          <Multiselect
            selectedOptions={chosen.map(named)}
            options={choices?.keyGroups ?? []}
            onChange={(e) =>
              change({ TrustedKeyGroups: { Enabled: true, ...list(e.detail.selectedOptions.map((o) => o.value!)) } })
            }
            placeholder="Choose key groups"
            deselectAriaLabel={(o) => `Remove ${o.label}`}
            empty="There are no key groups."
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}

function otherSigners(items: string[] = []): string {
  const others = items.filter((i) => i !== 'self');
  return others.length ? ` Also trusted: ${others.join(', ')}.` : '';
}

const off: SelectProps.Option = { value: '', label: 'None' };

/** Caching picks the policies. Settings of the older form are kept until a cache policy replaces them. */
function Caching({ value, change, choices }: Part) {
  const legacy = !value.CachePolicyId;
  return (
    <SpaceBetween size="l">
      <FormField
        label="Cache policy"
        description={legacy ? 'This behavior has cache settings of the older form; the JSON view edits them.' : undefined}
      >
        <Select
          selectedOption={picked(choices?.cachePolicies, value.CachePolicyId, 'Legacy cache settings')}
          options={choices?.cachePolicies ?? []}
          filteringType="auto"
          onChange={(e) =>
            change({
              CachePolicyId: e.detail.selectedOption.value,
              ForwardedValues: undefined,
              MinTTL: undefined,
              DefaultTTL: undefined,
              MaxTTL: undefined,
            })
          }
        />
      </FormField>
      {!legacy && (
        <FormField label="Origin request policy">
          <Select
            selectedOption={picked(choices?.originRequestPolicies, value.OriginRequestPolicyId, 'None')}
            options={[off, ...(choices?.originRequestPolicies ?? [])]}
            filteringType="auto"
            onChange={(e) => change({ OriginRequestPolicyId: e.detail.selectedOption.value || undefined })}
          />
        </FormField>
      )}
      <FormField label="Response headers policy">
        <Select
          selectedOption={picked(choices?.responseHeadersPolicies, value.ResponseHeadersPolicyId, 'None')}
          options={[off, ...(choices?.responseHeadersPolicies ?? [])]}
          filteringType="auto"
          onChange={(e) => change({ ResponseHeadersPolicyId: e.detail.selectedOption.value || undefined })}
        />
      </FormField>
      {value.ForwardedValues && legacy && (
        <Box color="text-body-secondary">Choosing a cache policy replaces the older settings.</Box>
      )}
    </SpaceBetween>
  );
}

function picked(options: SelectProps.Option[] | undefined, id: string | undefined, none: string): SelectProps.Option {
  return id ? (options?.find((o) => o.value === id) ?? { value: id, label: id }) : { value: '', label: none };
}
