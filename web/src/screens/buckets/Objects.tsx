import { useEffect, useState } from 'react';
import Button from '@cloudscape-design/components/button';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAct, usePages } from '../../app/requests';
import { href } from '../../app/router';
import { ConfirmDelete } from '../../components/ConfirmDelete';
import { ResourceTable } from '../../components/ResourceTable';
import { bytes, when } from '../../components/format';
import { useSession } from '../../session/session';
import { useUploads } from '../../uploads/queue';
import { CreateFolder } from './CreateFolder';
import { PresignedLink } from './PresignedLink';
import { Preview } from './Preview';
import { Uploads } from './Uploads';
import { deleteEntries, listFolder, type Entry } from './entries';

type Dialog = { kind: 'folder' | 'delete' } | { kind: 'link' | 'preview'; entry: Entry };

/** Objects shows one folder of a bucket, and what is being uploaded. */
export function Objects({ bucket, prefix }: { bucket: string; prefix: string }) {
  const { s3 } = useSession();
  const { queue } = useUploads();
  const act = useAct();
  const [selected, setSelected] = useState<Entry[]>([]);
  const [dialog, setDialog] = useState<Dialog>();
  const pages = usePages<Entry>((s, marker, signal) => listFolder(s.s3, bucket, prefix, marker, signal), [bucket, prefix]);
  const { reload } = pages;
  useEffect(() => queue.onDone((target) => target.bucket === bucket && reload()), [queue, bucket, reload]);
  useEffect(() => setSelected([]), [prefix]);

  const close = () => setDialog(undefined);
  const only = selected.length === 1 && !selected[0]!.folder ? selected[0] : undefined;
  async function remove() {
    const done = `${selected.length === 1 ? selected[0]!.name : `${selected.length} entries`} deleted.`;
    const went = await act.run(() => deleteEntries(s3, bucket, selected), { done, failed: 'Not everything was deleted' });
    if (went) setSelected([]);
    reload();
    close();
  }

  return (
    <SpaceBetween size="m">
      <Uploads bucket={bucket} prefix={prefix} />
      <Path bucket={bucket} prefix={prefix} />
      <ResourceTable
        title="Objects"
        headingLevel="h2"
        pages={pages}
        id={(e) => e.key}
        itemName={(e) => e.name}
        text={(e) => e.name}
        columns={[
          {
            id: 'name',
            header: 'Name',
            cell: (e) => <Name bucket={bucket} entry={e} open={() => setDialog({ kind: 'preview', entry: e })} />,
            sortingField: 'name',
            isRowHeader: true,
          },
          { id: 'size', header: 'Size', cell: (e) => bytes(e.size), sortingField: 'size' },
          { id: 'modified', header: 'Last modified', cell: (e) => when(e.modified), sortingField: 'modified' },
        ]}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        empty="Nothing here yet. Drop files above, or choose them."
        actions={[
          <Button key="link" disabled={!only} onClick={() => only && setDialog({ kind: 'link', entry: only })}>
            Presigned link
          </Button>,
          <Button key="folder" onClick={() => setDialog({ kind: 'folder' })}>
            Create folder
          </Button>,
          <Button key="delete" disabled={selected.length === 0} onClick={() => setDialog({ kind: 'delete' })}>
            Delete
          </Button>,
        ]}
      />
      {dialog?.kind === 'folder' && (
        <CreateFolder bucket={bucket} prefix={prefix} onDismiss={close} onCreated={() => (close(), reload())} />
      )}
      {dialog?.kind === 'link' && <PresignedLink bucket={bucket} objectKey={dialog.entry.key} onDismiss={close} />}
      {dialog?.kind === 'preview' && <Preview bucket={bucket} entry={dialog.entry} onDismiss={close} />}
      {dialog?.kind === 'delete' && (
        <ConfirmDelete
          what={selected.length === 1 ? selected[0]!.name : `${selected.length} entries`}
          busy={act.busy}
          onConfirm={() => void remove()}
          onDismiss={close}
        >
          {selected.some((e) => e.folder) ? 'Everything in the folders goes with them. ' : ''}Edges may hold copies until they
          expire or are invalidated.
        </ConfirmDelete>
      )}
    </SpaceBetween>
  );
}

function Name({ bucket, entry, open }: { bucket: string; entry: Entry; open: () => void }) {
  if (entry.folder) return <Link href={href('/buckets/:bucket', { bucket }, { prefix: entry.key })}>{entry.name}</Link>;
  return (
    <Link
      href="#"
      onFollow={(e) => {
        e.preventDefault();
        open();
      }}
    >
      {entry.name}
    </Link>
  );
}

/** Path leads back up through the folders. */
function Path({ bucket, prefix }: { bucket: string; prefix: string }) {
  if (!prefix) return null;
  const folders = prefix.split('/').slice(0, -1);
  return (
    <BreadcrumbGroup
      ariaLabel="Folders"
      items={[
        { text: bucket, href: href('/buckets/:bucket', { bucket }) },
        ...folders.map((text, i) => ({
          text: text || '(no name)',
          href: href('/buckets/:bucket', { bucket }, { prefix: `${folders.slice(0, i + 1).join('/')}/` }),
        })),
      ]}
    />
  );
}
