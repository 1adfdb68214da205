import { useState } from 'react';
import type { Origin } from '@aws-sdk/client-cloudfront';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { ConfirmDelete } from '../../components/ConfirmDelete';
import { withoutOrigin } from './config';
import type { Editing } from './editing';
import { OriginDialog } from './OriginDialog';

/** Origins lists where a distribution fetches from. */
export function Origins({ editing }: { editing: Editing }) {
  const { config, busy, save } = editing;
  const [selected, setSelected] = useState<string>();
  const [dialog, setDialog] = useState<'create' | 'edit' | 'delete'>();
  const items = config.Origins?.Items ?? [];
  const chosen = items.find((o) => o.Id === selected);
  const close = () => setDialog(undefined);
  const blank: Origin = {
    Id: '',
    DomainName: '',
    CustomOriginConfig: {
      HTTPPort: 80,
      HTTPSPort: 443,
      OriginProtocolPolicy: 'https-only',
      OriginSslProtocols: { Quantity: 1, Items: ['TLSv1.2'] },
    },
  };
  return (
    <>
      <Table
        items={items}
        trackBy="Id"
        selectionType="single"
        selectedItems={chosen ? [chosen] : []}
        onSelectionChange={(e) => setSelected(e.detail.selectedItems[0]?.Id)}
        ariaLabels={{
          tableLabel: 'Origins',
          selectionGroupLabel: 'Selection of origins',
          itemSelectionLabel: (_, o) => `Select ${o.Id}`,
        }}
        header={
          <Header
            variant="h2"
            counter={`(${items.length})`}
            description="Origin groups, which fail over from one origin to another, are edited in the JSON view."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={!chosen} onClick={() => setDialog('delete')}>
                  Delete
                </Button>
                <Button disabled={!chosen} onClick={() => setDialog('edit')}>
                  Edit
                </Button>
                <Button onClick={() => setDialog('create')}>Create origin</Button>
              </SpaceBetween>
            }
          >
            Origins
          </Header>
        }
        columnDefinitions={[
          { id: 'id', header: 'Name', cell: (o) => o.Id, isRowHeader: true },
          { id: 'domain', header: 'Origin domain', cell: (o) => `${o.DomainName}${o.OriginPath ?? ''}` },
          { id: 'access', header: 'Access', cell: access },
        ]}
      />
      {dialog === 'create' && <OriginDialog editing={editing} origin={blank} onClose={close} />}
      {dialog === 'edit' && chosen && <OriginDialog editing={editing} origin={chosen} before={chosen.Id} onClose={close} />}
      {dialog === 'delete' && chosen && (
        <ConfirmDelete
          what={`origin ${chosen.Id}`}
          busy={busy}
          onDismiss={close}
          onConfirm={() => void save(withoutOrigin(config, chosen.Id!), 'The origin was deleted.').then(close)}
        >
          An origin that a behavior or an origin group uses is not deleted.
        </ConfirmDelete>
      )}
    </>
  );
}

function access(o: Origin): string {
  if (o.OriginAccessControlId) return `Origin access control ${o.OriginAccessControlId}`;
  const identity = o.S3OriginConfig?.OriginAccessIdentity;
  if (identity) return `Origin access identity ${identity.split('/').pop()}`;
  return o.S3OriginConfig ? 'Public bucket' : (o.CustomOriginConfig?.OriginProtocolPolicy ?? '–');
}
