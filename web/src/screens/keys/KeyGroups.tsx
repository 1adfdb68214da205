import { useState } from 'react';
import {
  DeleteKeyGroupCommand,
  GetKeyGroupCommand,
  ListKeyGroupsCommand,
  ListPublicKeysCommand,
  UpdateKeyGroupCommand,
  type KeyGroup,
} from '@aws-sdk/client-cloudfront';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAct, useLoad, usePages } from '../../app/requests';
import { ConfirmDelete } from '../../components/ConfirmDelete';
import { ResourceTable } from '../../components/ResourceTable';
import { when } from '../../components/format';
import { createKeyGroup } from '../../recipe/keys';
import { useSession, type Session } from '../../session/session';

async function remove({ cloudfront }: Session, id: string): Promise<void> {
  const { ETag } = await cloudfront.send(new GetKeyGroupCommand({ Id: id }));
  await cloudfront.send(new DeleteKeyGroupCommand({ Id: id, IfMatch: ETag }));
}

async function update({ cloudfront }: Session, id: string, Name: string, Items: string[]): Promise<void> {
  const { ETag, KeyGroup } = await cloudfront.send(new GetKeyGroupCommand({ Id: id }));
  const Comment = KeyGroup?.KeyGroupConfig?.Comment;
  await cloudfront.send(new UpdateKeyGroupCommand({ Id: id, IfMatch: ETag, KeyGroupConfig: { Name, Items, Comment } }));
}

/** KeyGroups lists the sets of public keys that distributions trust. */
export function KeyGroups({ changes }: { changes: number }) {
  const session = useSession();
  const act = useAct();
  const [selected, setSelected] = useState<KeyGroup[]>([]);
  const [dialog, setDialog] = useState<'create' | 'edit' | 'delete'>();
  const pages = usePages<KeyGroup>(
    async ({ cloudfront }, Marker, abortSignal) => {
      const { KeyGroupList: list } = await cloudfront.send(new ListKeyGroupsCommand({ MaxItems: 100, Marker }), { abortSignal });
      return { items: (list?.Items ?? []).flatMap((i) => i.KeyGroup ?? []), next: list?.NextMarker };
    },
    [changes],
  );
  const one = selected[0];
  const name = one?.KeyGroupConfig?.Name ?? '';

  async function change(what: () => Promise<unknown>, words: { done: string; failed: string }) {
    if (await act.run(what, words)) setSelected([]);
    pages.reload();
    setDialog(undefined);
  }

  return (
    <>
      <ResourceTable
        title="Key groups"
        headingLevel="h2"
        pages={pages}
        id={(g) => g.Id ?? ''}
        itemName={(g) => g.KeyGroupConfig?.Name ?? ''}
        text={(g) => `${g.Id} ${g.KeyGroupConfig?.Name} ${g.KeyGroupConfig?.Items?.join(' ')}`}
        columns={[
          { id: 'name', header: 'Name', cell: (g) => g.KeyGroupConfig?.Name, isRowHeader: true },
          { id: 'id', header: 'Id', cell: (g) => g.Id, sortingField: 'Id' },
          { id: 'keys', header: 'Public keys', cell: (g) => g.KeyGroupConfig?.Items?.join(', ') || '–' },
          { id: 'changed', header: 'Last changed', cell: (g) => when(g.LastModifiedTime), sortingField: 'LastModifiedTime' },
        ]}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        empty="No key groups yet. A distribution trusts the keys of its groups."
        actions={[
          <Button key="delete" disabled={!one} onClick={() => setDialog('delete')}>
            Delete
          </Button>,
          <Button key="edit" disabled={!one} onClick={() => setDialog('edit')}>
            Edit
          </Button>,
          <Button key="create" variant="primary" onClick={() => setDialog('create')}>
            Create key group
          </Button>,
        ]}
      />
      {dialog === 'create' && (
        <GroupForm
          title="Create key group"
          busy={act.busy}
          onDismiss={() => setDialog(undefined)}
          onSave={(n, keys) =>
            change(() => createKeyGroup(session, n, keys), {
              done: `Key group ${n} was created.`,
              failed: 'The key group was not created',
            })
          }
        />
      )}
      {dialog === 'edit' && one && (
        <GroupForm
          title="Edit key group"
          name={name}
          keys={one.KeyGroupConfig?.Items}
          busy={act.busy}
          onDismiss={() => setDialog(undefined)}
          onSave={(n, keys) =>
            change(() => update(session, one.Id!, n, keys), {
              done: `Key group ${n} was changed.`,
              failed: 'The key group was not changed',
            })
          }
        />
      )}
      {dialog === 'delete' && one && (
        <ConfirmDelete
          what={`key group ${name}`}
          busy={act.busy}
          onConfirm={() =>
            void change(() => remove(session, one.Id!), {
              done: `Key group ${name} was deleted.`,
              failed: `Key group ${name} was not deleted`,
            })
          }
          onDismiss={() => setDialog(undefined)}
        >
          Its public keys stay. A key group that a distribution trusts is not deleted.
        </ConfirmDelete>
      )}
    </>
  );
}

interface FormProps {
  title: string;
  name?: string;
  keys?: string[];
  busy: boolean;
  onSave: (name: string, keys: string[]) => Promise<void>;
  onDismiss: () => void;
}

function GroupForm({ title, busy, onSave, onDismiss, ...start }: FormProps) {
  const [name, setName] = useState(start.name ?? '');
  const [keys, setKeys] = useState(start.keys ?? []);
  const known = useLoad(async ({ cloudfront }, abortSignal) => {
    const { PublicKeyList } = await cloudfront.send(new ListPublicKeysCommand({ MaxItems: 100 }), { abortSignal });
    return (PublicKeyList?.Items ?? []).map((k) => ({ value: k.Id!, label: k.Name, description: k.Id }));
  }, []);
  const options = known.data ?? [];
  return (
    <Modal
      visible
      onDismiss={onDismiss}
      header={title}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onDismiss}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={busy}
              disabled={!name || keys.length === 0}
              onClick={() => void onSave(name, keys)}
            >
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Name">
          <Input value={name} onChange={(e) => setName(e.detail.value)} />
        </FormField>
        <FormField
          label="Public keys"
          description="Distributions that trust the group admit what these keys sign. “Rotate” among the public keys replaces one of them."
        >
          <Multiselect
            selectedOptions={keys.map((value) => options.find((o) => o.value === value) ?? { value, label: value })}
            options={options}
            statusType={known.loading ? 'loading' : known.error === undefined ? 'finished' : 'error'}
            placeholder="Choose public keys"
            empty="No public keys"
            onChange={(e) => setKeys(e.detail.selectedOptions.flatMap((o) => o.value ?? []))}
          />
        </FormField>
      </SpaceBetween>
    </Modal>
  );
}
