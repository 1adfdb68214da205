import { useState } from 'react';
import type { Origin, OriginCustomHeader, OriginProtocolPolicy } from '@aws-sdk/client-cloudfront';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useChoices } from './choices';
import { list, withOrigin } from './config';
import { EditDialog } from './EditDialog';
import type { Editing } from './editing';

interface Props {
  editing: Editing;
  origin: Origin;
  /** before is the origin's id so far; undefined for a new one. */
  before?: string;
  onClose: () => void;
}

const identityPrefix = 'origin-access-identity/cloudfront/';

/** OriginDialog edits an origin, or makes one. */
export function OriginDialog({ editing, origin, before, onClose }: Props) {
  const [o, setOrigin] = useState(origin);
  const change = (part: Partial<Origin>) => setOrigin({ ...o, ...part });
  const number = (text: string) => (/^\d+$/.test(text) ? Number(text) : undefined);
  return (
    <EditDialog
      title={before === undefined ? 'Create origin' : `Edit origin ${before}`}
      editing={editing}
      next={() => withOrigin(editing.config, o, before)}
      done={before === undefined ? 'The origin was created.' : 'The origin was saved.'}
      disabled={!o.Id || !o.DomainName}
      onClose={onClose}
    >
      <FormField label="Name" description="The origin’s id; behaviors that use it follow.">
        <Input value={o.Id ?? ''} onChange={(e) => change({ Id: e.detail.value })} spellcheck={false} />
      </FormField>
      <FormField label="Origin domain">
        <Input value={o.DomainName ?? ''} onChange={(e) => change({ DomainName: e.detail.value })} spellcheck={false} />
      </FormField>
      <FormField label="Origin path – optional" constraintText="Begins with a slash, and does not end with one.">
        <Input value={o.OriginPath ?? ''} onChange={(e) => change({ OriginPath: e.detail.value })} spellcheck={false} />
      </FormField>
      {o.S3OriginConfig ? <BucketAccess o={o} change={change} /> : <Protocol o={o} change={change} />}
      <FormField label="Custom headers" description="Sent to the origin with every request.">
        <AttributeEditor<OriginCustomHeader>
          items={o.CustomHeaders?.Items ?? []}
          addButtonText="Add header"
          removeButtonText="Remove"
          removeButtonAriaLabel={(h) => `Remove header ${h.HeaderName ?? ''}`}
          empty="No headers are added."
          onAddButtonClick={() =>
            change({ CustomHeaders: list([...(o.CustomHeaders?.Items ?? []), { HeaderName: '', HeaderValue: '' }]) })
          }
          onRemoveButtonClick={(e) =>
            change({ CustomHeaders: list((o.CustomHeaders?.Items ?? []).filter((_, i) => i !== e.detail.itemIndex)) })
          }
          definition={(['HeaderName', 'HeaderValue'] as const).map((member) => ({
            label: member === 'HeaderName' ? 'Header name' : 'Value',
            control: (h, index) => (
              <Input
                value={h[member] ?? ''}
                spellcheck={false}
                onChange={(e) =>
                  change({
                    CustomHeaders: list(
                      (o.CustomHeaders?.Items ?? []).map((x, i) => (i === index ? { ...x, [member]: e.detail.value } : x)),
                    ),
                  })
                }
              />
            ),
          }))}
        />
      </FormField>
      <ColumnLayout columns={2}>
        <FormField label="Connection attempts" constraintText="1 to 3.">
          <Input
            type="number"
            value={String(o.ConnectionAttempts ?? '')}
            onChange={(e) => change({ ConnectionAttempts: number(e.detail.value) })}
          />
        </FormField>
        <FormField label="Connection timeout" constraintText="1 to 10 seconds.">
          <Input
            type="number"
            value={String(o.ConnectionTimeout ?? '')}
            onChange={(e) => change({ ConnectionTimeout: number(e.detail.value) })}
          />
        </FormField>
      </ColumnLayout>
    </EditDialog>
  );
}

interface Part {
  o: Origin;
  change: (part: Partial<Origin>) => void;
}

function BucketAccess({ o, change }: Part) {
  const { data } = useChoices();
  const identity = o.S3OriginConfig?.OriginAccessIdentity?.slice(identityPrefix.length) ?? '';
  const control = o.OriginAccessControlId ?? '';
  const kind = control ? 'control' : identity ? 'identity' : 'public';
  const options = kind === 'control' ? data?.accessControls : data?.identities;
  const current = kind === 'control' ? control : identity;
  function use(to: string, id: string | undefined) {
    const name = to === 'identity' && id ? identityPrefix + id : '';
    change({
      OriginAccessControlId: to === 'control' ? id : undefined,
      S3OriginConfig: { ...o.S3OriginConfig, OriginAccessIdentity: name },
    });
  }
  return (
    <SpaceBetween size="l">
      <FormField label="Origin access">
        <RadioGroup
          value={kind}
          onChange={(e) =>
            use(e.detail.value, (e.detail.value === 'control' ? data?.accessControls : data?.identities)?.[0]?.value)
          }
          items={[
            { value: 'public', label: 'Public', description: 'The bucket must let anyone read.' },
            { value: 'control', label: 'Origin access control', disabled: !data?.accessControls.length },
            { value: 'identity', label: 'Legacy access identity', disabled: !data?.identities.length },
          ]}
        />
      </FormField>
      {kind !== 'public' && (
        <FormField
          label={kind === 'control' ? 'Origin access control' : 'Origin access identity'}
          constraintText="The bucket policy must let it read."
        >
          <Select
            selectedOption={options?.find((x) => x.value === current) ?? { value: current, label: current }}
            options={options ?? []}
            onChange={(e) => use(kind, e.detail.selectedOption.value)}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}

function Protocol({ o, change }: Part) {
  const c = o.CustomOriginConfig ?? { HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: 'https-only' };
  const set = (part: Partial<typeof c>) => change({ CustomOriginConfig: { ...c, ...part } });
  const numbers = [
    ['HTTPPort', 'HTTP port'],
    ['HTTPSPort', 'HTTPS port'],
    ['OriginReadTimeout', 'Response timeout (seconds)'],
    ['OriginKeepaliveTimeout', 'Keep-alive timeout (seconds)'],
  ] as const;
  return (
    <SpaceBetween size="l">
      <FormField label="Protocol">
        <RadioGroup
          value={c.OriginProtocolPolicy ?? 'https-only'}
          onChange={(e) => set({ OriginProtocolPolicy: e.detail.value as OriginProtocolPolicy })}
          items={[
            { value: 'http-only', label: 'HTTP only' },
            { value: 'https-only', label: 'HTTPS only' },
            { value: 'match-viewer', label: 'Match viewer' },
          ]}
        />
      </FormField>
      <ColumnLayout columns={2}>
        {numbers.map(([member, label]) => (
          <FormField key={member} label={label}>
            <Input
              type="number"
              value={String(c[member] ?? '')}
              onChange={(e) => set({ [member]: e.detail.value === '' ? undefined : Number(e.detail.value) })}
            />
          </FormField>
        ))}
      </ColumnLayout>
    </SpaceBetween>
  );
}
