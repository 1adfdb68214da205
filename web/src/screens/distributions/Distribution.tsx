import { useState, type ReactNode } from 'react';
import { GetDistributionCommand, type Distribution as Details } from '@aws-sdk/client-cloudfront';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Tabs from '@cloudscape-design/components/tabs';
import { useLoad, usePolling } from '../../app/requests';
import { href, navigate } from '../../app/router';
import type { ScreenProps } from '../../app/routes';
import { ProblemAlert } from '../../components/ProblemAlert';
import { Behaviors } from './Behaviors';
import { CopyAs, type Form } from './CopyAs';
import { DeleteDistribution } from './DeleteDistribution';
import { useEditing, type Editing } from './editing';
import { ErrorResponses } from './ErrorResponses';
import { General } from './General';
import { Invalidations } from './Invalidations';
import { JsonEditor } from './JsonEditor';
import { Origins } from './Origins';
import { Status } from './Status';

/** Distribution shows one distribution; its status is followed until every edge knows it. */
export default function Distribution({ params, place }: ScreenProps) {
  const id = params['id'] ?? '';
  const read = useLoad(
    ({ cloudfront }, abortSignal) => cloudfront.send(new GetDistributionCommand({ Id: id }), { abortSignal }),
    [id],
  );
  const d = read.data?.Distribution;
  usePolling(d !== undefined && d.Status !== 'Deployed', read.loading, read.reload);
  if (read.error !== undefined) {
    return (
      <ProblemAlert
        title="The distribution could not be read"
        thrown={read.error}
        action={<Button onClick={read.reload}>Try again</Button>}
      />
    );
  }
  if (!d) {
    return (
      <Box textAlign="center" padding="xxl">
        <Spinner size="large" />
      </Box>
    );
  }
  return <Loaded distribution={d} etag={read.data!.ETag!} tab={place.query.get('tab') ?? 'general'} reload={read.reload} />;
}

interface Props {
  distribution: Details;
  etag: string;
  tab: string;
  reload: () => void;
}

function Loaded({ distribution: d, etag, tab, reload }: Props) {
  const id = d.Id!;
  const editing = useEditing({ id, etag, config: d.DistributionConfig! }, reload);
  const tabs: { id: string; label: string; content: ReactNode }[] = [
    { id: 'general', label: 'General', content: <General distribution={d} editing={editing} /> },
    { id: 'origins', label: 'Origins', content: <Origins editing={editing} /> },
    { id: 'behaviors', label: 'Behaviors', content: <Behaviors editing={editing} /> },
    { id: 'errors', label: 'Error pages', content: <ErrorResponses editing={editing} /> },
    { id: 'invalidations', label: 'Invalidations', content: <Invalidations distribution={id} /> },
    { id: 'json', label: 'JSON', content: <JsonEditor editing={editing} /> },
  ];
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={<Status enabled={editing.config.Enabled} status={d.Status} />}
        actions={<Actions editing={editing} status={d.Status} />}
      >
        {id}
      </Header>
      <Tabs
        activeTabId={tab}
        ariaLabel="Views of the distribution"
        onChange={(e) => navigate(href('/distributions/:id', { id }, { tab: e.detail.activeTabId }))}
        tabs={tabs}
      />
    </SpaceBetween>
  );
}

function Actions({ editing, status }: { editing: Editing; status?: string }) {
  const [copy, setCopy] = useState<Form>();
  const [deleting, setDeleting] = useState(false);
  const { id, config, busy, save } = editing;
  const toggle = () =>
    void save({ ...config, Enabled: !config.Enabled }, `Distribution ${id} was ${config.Enabled ? 'disabled' : 'enabled'}.`);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <ButtonDropdown
        items={[
          { id: 'cli', text: 'AWS CLI' },
          { id: 'terraform', text: 'Terraform' },
        ]}
        onItemClick={(e) => setCopy(e.detail.id as Form)}
      >
        Copy as
      </ButtonDropdown>
      <Button loading={busy} onClick={toggle}>
        {config.Enabled ? 'Disable' : 'Enable'}
      </Button>
      <Button onClick={() => setDeleting(true)}>Delete</Button>
      {copy && <CopyAs form={copy} editing={editing} onClose={() => setCopy(undefined)} />}
      {deleting && (
        <DeleteDistribution
          editing={editing}
          status={status}
          onClose={() => setDeleting(false)}
          onDeleted={() => navigate(href('/distributions'))}
        />
      )}
    </SpaceBetween>
  );
}
