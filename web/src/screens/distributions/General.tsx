import { useState } from 'react';
import type { Distribution, HttpVersion } from '@aws-sdk/client-cloudfront';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { when } from '../../components/format';
import { list } from './config';
import { EditDialog } from './EditDialog';
import type { Editing } from './editing';
import { Receipts } from './Receipts';
import { Status } from './Status';

/** General shows a distribution's own settings, and how its changes reached the edges. */
export function General({ distribution: d, editing }: { distribution: Distribution; editing: Editing }) {
  const [open, setOpen] = useState(false);
  const c = editing.config;
  const copied = (name: string, value: string) => (
    <CopyToClipboard
      variant="inline"
      textToCopy={value}
      textToDisplay={value}
      copyButtonAriaLabel={`Copy ${name}`}
      copySuccessText="Copied"
      copyErrorText="Not copied"
    />
  );
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Details</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Domain name', value: copied('domain name', d.DomainName ?? '') },
            { label: 'ARN', value: copied('ARN', d.ARN ?? '') },
            { label: 'Status', value: <Status enabled={c.Enabled} status={d.Status} /> },
            { label: 'Last modified', value: when(d.LastModifiedTime) },
          ]}
        />
      </Container>
      <Container
        header={
          <Header variant="h2" actions={<Button onClick={() => setOpen(true)}>Edit settings</Button>}>
            Settings
          </Header>
        }
      >
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Description', value: c.Comment || '–' },
            { label: 'Alternate domain names', value: c.Aliases?.Items?.join(', ') || '–' },
            { label: 'Default root object', value: c.DefaultRootObject || '–' },
            { label: 'HTTP versions', value: versions.find((v) => v.value === c.HttpVersion)?.label ?? c.HttpVersion ?? '–' },
            { label: 'IPv6', value: c.IsIPV6Enabled ? 'On' : 'Off' },
            { label: 'Cache tag header', value: c.CacheTagConfig?.HeaderName || '–' },
          ]}
        />
      </Container>
      <Container>
        <Receipts of={`distribution/${d.Id}`} turn={`${editing.etag} ${d.Status}`} />
      </Container>
      {open && <SettingsDialog editing={editing} onClose={() => setOpen(false)} />}
    </SpaceBetween>
  );
}

const versions: { value: HttpVersion; label: string }[] = [
  { value: 'http1.1', label: 'HTTP/1.1' },
  { value: 'http2', label: 'HTTP/2, HTTP/1.1' },
  { value: 'http3', label: 'HTTP/3, HTTP/1.1' },
  { value: 'http2and3', label: 'HTTP/3, HTTP/2, HTTP/1.1' },
];

/** words reads names one a line, or separated by commas or spaces. */
export function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((w) => w);
}

function SettingsDialog({ editing, onClose }: { editing: Editing; onClose: () => void }) {
  const [c, set] = useState(editing.config);
  const [aliases, setAliases] = useState(c.Aliases?.Items?.join('\n') ?? '');
  const [tags, setTags] = useState(c.CacheTagConfig?.HeaderName ?? '');
  return (
    <EditDialog
      title="Edit settings"
      editing={editing}
      next={() => ({
        ...c,
        Aliases: list(words(aliases)),
        CacheTagConfig: tags.trim() ? { HeaderName: tags.trim() } : undefined,
      })}
      done="The settings were saved."
      onClose={onClose}
    >
      <FormField label="Description – optional">
        <Input value={c.Comment ?? ''} onChange={(e) => set({ ...c, Comment: e.detail.value })} />
      </FormField>
      <FormField
        label="Alternate domain names – optional"
        constraintText="One a line. A certificate of the server’s own authority is made for each."
      >
        <Textarea value={aliases} onChange={(e) => setAliases(e.detail.value)} rows={3} spellcheck={false} />
      </FormField>
      <FormField label="Default root object – optional" constraintText="Without a slash in front: index.html">
        <Input
          value={c.DefaultRootObject ?? ''}
          onChange={(e) => set({ ...c, DefaultRootObject: e.detail.value })}
          spellcheck={false}
        />
      </FormField>
      <FormField label="HTTP versions">
        <Select
          selectedOption={versions.find((v) => v.value === c.HttpVersion) ?? null}
          options={versions}
          onChange={(e) => set({ ...c, HttpVersion: e.detail.selectedOption.value as HttpVersion })}
        />
      </FormField>
      <Checkbox checked={c.IsIPV6Enabled ?? false} onChange={(e) => set({ ...c, IsIPV6Enabled: e.detail.checked })}>
        IPv6
      </Checkbox>
      <FormField label="Cache tag header – optional" description="The origin’s header whose tags invalidations can name.">
        <Input value={tags} onChange={(e) => setTags(e.detail.value)} placeholder="Cache-Tag" spellcheck={false} />
      </FormField>
    </EditDialog>
  );
}
