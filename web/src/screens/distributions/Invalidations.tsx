import { useState } from 'react';
import { GetInvalidationCommand, ListInvalidationsCommand, type InvalidationSummary } from '@aws-sdk/client-cloudfront';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useFlash } from '../../app/flash';
import { useLoad, usePages, usePolling } from '../../app/requests';
import { ProblemAlert } from '../../components/ProblemAlert';
import { ResourceTable } from '../../components/ResourceTable';
import { when } from '../../components/format';
import { CreateInvalidation } from './CreateInvalidation';
import { Receipts } from './Receipts';

/** Invalidations lists a distribution's invalidations, and makes new ones. */
export function Invalidations({ distribution }: { distribution: string }) {
  const flash = useFlash();
  const [creating, setCreating] = useState<string[]>();
  const [open, setOpen] = useState<string>();
  const pages = usePages<InvalidationSummary>(
    async ({ cloudfront }, Marker, abortSignal) => {
      const command = new ListInvalidationsCommand({ DistributionId: distribution, Marker, MaxItems: 100 });
      const { InvalidationList: l } = await cloudfront.send(command, { abortSignal });
      return { items: l?.Items ?? [], next: l?.NextMarker || undefined };
    },
    [distribution],
  );
  usePolling(!!pages.data?.some((i) => i.Status !== 'Completed'), pages.loading, pages.reload);
  return (
    <>
      <ResourceTable
        title="Invalidations"
        headingLevel="h2"
        description="An invalidation makes every edge fetch anew what is cached for its paths and tags."
        pages={pages}
        id={(i) => i.Id ?? ''}
        text={(i) => `${i.Id} ${i.Status}`}
        columns={[
          {
            id: 'id',
            header: 'Invalidation',
            isRowHeader: true,
            cell: (i) => (
              <Link href="#" onFollow={(e) => (e.preventDefault(), setOpen(i.Id))}>
                {i.Id}
              </Link>
            ),
          },
          { id: 'status', header: 'Status', cell: (i) => <InvalidationStatus status={i.Status} /> },
          { id: 'created', header: 'Created', cell: (i) => when(i.CreateTime), sortingField: 'CreateTime' },
        ]}
        empty="Nothing was invalidated yet."
        actions={[
          <Button key="create" variant="primary" onClick={() => setCreating([])}>
            Create invalidation
          </Button>,
        ]}
      />
      {open && (
        <Details
          distribution={distribution}
          id={open}
          onClose={() => setOpen(undefined)}
          onRepeat={(paths) => {
            setOpen(undefined);
            setCreating(paths);
          }}
        />
      )}
      {creating && (
        <CreateInvalidation
          distribution={distribution}
          paths={creating}
          onClose={() => setCreating(undefined)}
          onCreated={(id) => {
            flash.success(`Invalidation ${id} was created.`);
            setCreating(undefined);
            pages.reload();
          }}
        />
      )}
    </>
  );
}

function InvalidationStatus({ status }: { status?: string }) {
  return <StatusIndicator type={status === 'Completed' ? 'success' : 'in-progress'}>{status}</StatusIndicator>;
}

interface Props {
  distribution: string;
  id: string;
  onRepeat: (paths: string[]) => void;
  onClose: () => void;
}

function Details({ distribution, id, onRepeat, onClose }: Props) {
  const invalidation = useLoad(
    ({ cloudfront }, abortSignal) =>
      cloudfront.send(new GetInvalidationCommand({ DistributionId: distribution, Id: id }), { abortSignal }),
    [distribution, id],
  );
  const i = invalidation.data?.Invalidation;
  const paths = i?.InvalidationBatch?.Paths?.Items ?? [];
  usePolling(i !== undefined && i.Status !== 'Completed', invalidation.loading, invalidation.reload);
  return (
    <Modal
      visible
      size="large"
      onDismiss={onClose}
      header={`Invalidation ${id}`}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <Button disabled={!i} onClick={() => onRepeat(paths)}>
            Copy to a new invalidation
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="l">
        {invalidation.error !== undefined && (
          <ProblemAlert title="The invalidation could not be read" thrown={invalidation.error} />
        )}
        {i && (
          <>
            <InvalidationStatus status={i.Status} />
            <div>
              <Box variant="awsui-key-label">Paths and tags</Box>
              <pre className="listing" tabIndex={0} aria-label="Paths and tags">
                {paths.join('\n')}
              </pre>
            </div>
            <Receipts of={`invalidation/${distribution}/${id}`} turn={i.Status ?? ''} />
          </>
        )}
      </SpaceBetween>
    </Modal>
  );
}
