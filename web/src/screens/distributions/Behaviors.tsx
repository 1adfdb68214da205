import { useState } from 'react';
import type { CacheBehavior } from '@aws-sdk/client-cloudfront';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import List, { type ListProps } from '@cloudscape-design/components/list';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { ConfirmDelete } from '../../components/ConfirmDelete';
import { cachingOptimized } from '../../recipe/distribution';
import { BehaviorFields } from './BehaviorFields';
import { useChoices } from './choices';
import { behaviors, moved, restriction, targets, withBehavior, withBehaviors, without, type Behavior } from './config';
import { EditDialog } from './EditDialog';
import type { Editing } from './editing';

type Dialog = { kind: 'edit'; behavior: Behavior; index?: number } | { kind: 'delete'; index: number };

const spoken: ListProps.I18nStrings = {
  dragHandleAriaLabel: 'Reorder',
  dragHandleAriaDescription:
    'Space or Enter picks the behavior up, the arrow keys move it, Space or Enter drops it, Escape leaves it.',
  liveAnnouncementDndStarted: (at, of) => `Picked up at position ${at} of ${of}.`,
  liveAnnouncementDndDiscarded: 'Left where it was.',
  liveAnnouncementDndItemReordered: (_, at, of) => `Moving to position ${at} of ${of}.`,
  liveAnnouncementDndItemCommitted: (from, to, of) => `Moved from position ${from} to ${to} of ${of}.`,
};

/** Behaviors lists a distribution's behaviors in the order in which they are matched. */
export function Behaviors({ editing }: { editing: Editing }) {
  const { config, busy, save } = editing;
  const [dialog, setDialog] = useState<Dialog>();
  const ordered = behaviors(config);
  const reorder = (items: readonly CacheBehavior[]) => void save(withBehaviors(config, [...items]), 'The order was saved.');

  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${ordered.length + 1})`}
          description="The first whose path pattern fits serves a request; the default serves what is left. Drag, or use the arrows, to change the order."
          actions={
            <Button onClick={() => setDialog({ kind: 'edit', behavior: fresh(config.DefaultCacheBehavior!) })}>
              Create behavior
            </Button>
          }
        >
          Behaviors
        </Header>
      }
    >
      <SpaceBetween size="s">
        {ordered.length > 0 && (
          <List
            items={ordered}
            sortable
            sortDisabled={busy}
            ariaLabel="Behaviors in order"
            i18nStrings={spoken}
            onSortingChange={(e) => reorder(e.detail.items)}
            renderItem={(b) => {
              const index = ordered.indexOf(b);
              const pattern = b.PathPattern ?? '';
              return {
                id: pattern,
                announcementLabel: pattern,
                content: (
                  <Box fontWeight="bold" variant="code">
                    {pattern}
                  </Box>
                ),
                secondaryContent: <Summary b={b} />,
                actions: (
                  <SpaceBetween direction="horizontal" size="xxs">
                    <Button
                      variant="icon"
                      iconName="arrow-up"
                      ariaLabel={`Move ${pattern} up`}
                      disabled={busy || index === 0}
                      onClick={() => reorder(moved(ordered, index, index - 1))}
                    />
                    <Button
                      variant="icon"
                      iconName="arrow-down"
                      ariaLabel={`Move ${pattern} down`}
                      disabled={busy || index === ordered.length - 1}
                      onClick={() => reorder(moved(ordered, index, index + 1))}
                    />
                    <Button
                      variant="icon"
                      iconName="edit"
                      ariaLabel={`Edit ${pattern}`}
                      onClick={() => setDialog({ kind: 'edit', behavior: b, index })}
                    />
                    <Button
                      variant="icon"
                      iconName="remove"
                      ariaLabel={`Delete ${pattern}`}
                      onClick={() => setDialog({ kind: 'delete', index })}
                    />
                  </SpaceBetween>
                ),
              };
            }}
          />
        )}
        <List
          items={[config.DefaultCacheBehavior!]}
          ariaLabel="Default behavior"
          disablePaddings
          renderItem={(b) => ({
            id: 'default',
            content: <Box fontWeight="bold">Default (*)</Box>,
            secondaryContent: <Summary b={b} />,
            actions: (
              <Button
                variant="icon"
                iconName="edit"
                ariaLabel="Edit Default (*)"
                onClick={() => setDialog({ kind: 'edit', behavior: b })}
              />
            ),
          })}
        />
      </SpaceBetween>
      {dialog?.kind === 'edit' && <BehaviorDialog editing={editing} {...dialog} onClose={() => setDialog(undefined)} />}
      {dialog?.kind === 'delete' && (
        <ConfirmDelete
          what={`behavior ${ordered[dialog.index]?.PathPattern ?? ''}`}
          busy={busy}
          onDismiss={() => setDialog(undefined)}
          onConfirm={() =>
            void save(withBehaviors(config, without(ordered, dialog.index)), 'The behavior was deleted.').then(() =>
              setDialog(undefined),
            )
          }
        >
          Requests for its paths go to the next behavior that fits.
        </ConfirmDelete>
      )}
    </Container>
  );
}

/** fresh is a new behavior like the default one, in the form of today. */
function fresh(d: Behavior): Behavior {
  return {
    PathPattern: '',
    TargetOriginId: d.TargetOriginId,
    ViewerProtocolPolicy: d.ViewerProtocolPolicy,
    TrustedSigners: d.TrustedSigners,
    TrustedKeyGroups: d.TrustedKeyGroups,
    Compress: true,
    CachePolicyId: d.CachePolicyId || cachingOptimized,
  };
}

function Summary({ b }: { b: Behavior }) {
  return (
    <Box color="text-body-secondary" fontSize="body-s">
      {b.TargetOriginId} · {b.ViewerProtocolPolicy} · {restriction(b)}
    </Box>
  );
}

function BehaviorDialog({
  editing,
  behavior,
  index,
  onClose,
}: {
  editing: Editing;
  behavior: Behavior;
  index?: number;
  onClose: () => void;
}) {
  const choices = useChoices();
  const [value, setValue] = useState(behavior);
  const isDefault = behavior.PathPattern === undefined;
  const added = !isDefault && index === undefined;
  const title = isDefault ? 'Edit the default behavior' : added ? 'Create behavior' : `Edit behavior ${behavior.PathPattern}`;
  const options = targets(editing.config).map((id) => ({ value: id, label: id }));
  return (
    <EditDialog
      title={title}
      editing={editing}
      next={() => withBehavior(editing.config, value, index)}
      done={added ? 'The behavior was created.' : 'The behavior was saved.'}
      disabled={!isDefault && !value.PathPattern}
      onClose={onClose}
    >
      {!isDefault && (
        <FormField label="Path pattern" constraintText="For example /private/* or *.jpg; * is any characters, ? is one.">
          <Input
            value={value.PathPattern ?? ''}
            onChange={(e) => setValue({ ...value, PathPattern: e.detail.value })}
            spellcheck={false}
          />
        </FormField>
      )}
      <FormField label="Origin or origin group">
        <Select
          selectedOption={{ value: value.TargetOriginId, label: value.TargetOriginId }}
          options={options}
          onChange={(e) => setValue({ ...value, TargetOriginId: e.detail.selectedOption.value })}
        />
      </FormField>
      <BehaviorFields value={value} onChange={setValue} choices={choices.data} />
    </EditDialog>
  );
}
