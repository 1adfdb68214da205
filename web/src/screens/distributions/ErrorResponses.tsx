import { useState } from 'react';
import type { CustomErrorResponse } from '@aws-sdk/client-cloudfront';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { withErrors } from './config';
import { EditDialog } from './EditDialog';
import type { Editing } from './editing';

const codes = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/** ErrorResponses edits what viewers get in place of an error. */
export function ErrorResponses({ editing }: { editing: Editing }) {
  const { config, busy, save } = editing;
  const [selected, setSelected] = useState<number>();
  const [open, setOpen] = useState<{ response: CustomErrorResponse; before?: number }>();
  const items = config.CustomErrorResponses?.Items ?? [];
  const chosen = items.find((e) => e.ErrorCode === selected);
  const left = codes.filter((code) => !items.some((e) => e.ErrorCode === code));
  return (
    <>
      <Table
        items={items}
        trackBy={(e) => String(e.ErrorCode)}
        selectionType="single"
        selectedItems={chosen ? [chosen] : []}
        onSelectionChange={(e) => setSelected(e.detail.selectedItems[0]?.ErrorCode)}
        empty="Viewers get the origin’s errors as they are."
        ariaLabels={{
          tableLabel: 'Custom error responses',
          selectionGroupLabel: 'Selection of custom error responses',
          itemSelectionLabel: (_, e) => `Select ${e.ErrorCode}`,
        }}
        header={
          <Header
            variant="h2"
            counter={`(${items.length})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  disabled={!chosen}
                  loading={busy}
                  onClick={() =>
                    void save(
                      withErrors(
                        config,
                        items.filter((e) => e !== chosen),
                      ),
                      `The error response for ${chosen?.ErrorCode} was deleted.`,
                    )
                  }
                >
                  Delete
                </Button>
                <Button disabled={!chosen} onClick={() => chosen && setOpen({ response: chosen, before: chosen.ErrorCode })}>
                  Edit
                </Button>
                <Button
                  disabled={!left.length}
                  onClick={() => setOpen({ response: { ErrorCode: left.includes(404) ? 404 : left[0] } })}
                >
                  Create custom error response
                </Button>
              </SpaceBetween>
            }
          >
            Custom error responses
          </Header>
        }
        columnDefinitions={[
          { id: 'code', header: 'HTTP error code', cell: (e) => e.ErrorCode, isRowHeader: true },
          { id: 'ttl', header: 'Error caching minimum TTL', cell: (e) => `${e.ErrorCachingMinTTL ?? 10} s` },
          { id: 'page', header: 'Response page path', cell: (e) => e.ResponsePagePath || '–' },
          { id: 'response', header: 'HTTP response code', cell: (e) => e.ResponseCode || '–' },
        ]}
      />
      {open && <ErrorDialog editing={editing} {...open} left={left} onClose={() => setOpen(undefined)} />}
    </>
  );
}

interface Props {
  editing: Editing;
  response: CustomErrorResponse;
  before?: number;
  left: number[];
  onClose: () => void;
}

function ErrorDialog({ editing, response, before, left, onClose }: Props) {
  const [e, set] = useState(response);
  const items = editing.config.CustomErrorResponses?.Items ?? [];
  const others = items.filter((i) => i.ErrorCode !== before);
  // A page and a code come together, or neither.
  const halfPage = !!e.ResponsePagePath !== !!e.ResponseCode;
  return (
    <EditDialog
      title={before === undefined ? 'Create custom error response' : `Edit custom error response for ${before}`}
      editing={editing}
      next={() => withErrors(editing.config, [...others, e])}
      done={`The error response for ${e.ErrorCode} was saved.`}
      disabled={halfPage}
      onClose={onClose}
    >
      <FormField label="HTTP error code">
        <Select
          selectedOption={{ value: String(e.ErrorCode), label: String(e.ErrorCode) }}
          options={[...left, before].filter((c) => c !== undefined).map((c) => ({ value: String(c), label: String(c) }))}
          onChange={(x) => set({ ...e, ErrorCode: Number(x.detail.selectedOption.value) })}
        />
      </FormField>
      <FormField label="Error caching minimum TTL" constraintText="Seconds for which an error is not asked for again.">
        <Input
          type="number"
          value={String(e.ErrorCachingMinTTL ?? 10)}
          onChange={(x) => set({ ...e, ErrorCachingMinTTL: Number(x.detail.value) })}
        />
      </FormField>
      <ColumnLayout columns={2}>
        <FormField label="Response page path – optional" errorText={halfPage ? 'Give a page and a code, or neither.' : undefined}>
          <Input
            value={e.ResponsePagePath ?? ''}
            placeholder="/errors/404.html"
            onChange={(x) => set({ ...e, ResponsePagePath: x.detail.value || undefined })}
          />
        </FormField>
        <FormField label="HTTP response code – optional">
          <Input
            value={e.ResponseCode ?? ''}
            placeholder="404"
            onChange={(x) => set({ ...e, ResponseCode: x.detail.value || undefined })}
          />
        </FormField>
      </ColumnLayout>
    </EditDialog>
  );
}
