import { useState, type ReactElement, type ReactNode } from 'react';
import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import type { Pages } from '../app/requests';
import { ProblemAlert } from './ProblemAlert';

interface Props<T> {
  /** title names the table, in the plural: “Buckets”. */
  title: string;
  description?: ReactNode;
  pages: Pages<T>;
  columns: TableProps.ColumnDefinition<T>[];
  /** id is what tells items apart. */
  id: (item: T) => string;
  /** text is what the filter looks in. */
  text: (item: T) => string;
  /** empty says what to do when there is nothing yet. */
  empty: ReactNode;
  /** actions are the buttons beside the title, each with a key. */
  actions?: ReactElement[];
  selection?: 'single' | 'multi';
  selected?: T[];
  onSelect?: (items: T[]) => void;
  /** itemName names an item for screen readers; id by default. */
  itemName?: (item: T) => string;
  variant?: TableProps.Variant;
  headingLevel?: 'h1' | 'h2';
}

const pageSize = 50;

/**
 * ResourceTable is the page of a collection: header with counter and actions, filter, sorting,
 * pages. Pages beyond what is loaded are fetched by the API's marker when they are turned to.
 */
export function ResourceTable<T>(p: Props<T>) {
  const items = p.pages.data ?? [];
  const [fetching, setFetching] = useState(false);
  const collection = useCollection(items, {
    filtering: {
      filteringFunction: (item, text) => p.text(item).toLowerCase().includes(text.toLowerCase()),
      empty: <Empty>{p.empty}</Empty>,
      noMatch: <Empty>Nothing here fits the filter{p.pages.more ? ', as far as the list is loaded' : ''}.</Empty>,
    },
    pagination: { pageSize },
    sorting: {},
    selection: {},
  });
  const { currentPageIndex, pagesCount } = collection.paginationProps;

  async function onNext(available: boolean) {
    if (available || !p.pages.more) return;
    setFetching(true);
    await p.pages.more();
    setFetching(false);
    collection.actions.setCurrentPage(currentPageIndex + 1);
  }

  if (p.pages.error !== undefined) {
    return (
      <ProblemAlert
        title={`${p.title} could not be listed`}
        thrown={p.pages.error}
        action={<Button onClick={p.pages.reload}>Try again</Button>}
      />
    );
  }
  return (
    <Table
      {...collection.collectionProps}
      variant={p.variant ?? 'container'}
      items={collection.items}
      columnDefinitions={p.columns}
      trackBy={p.id}
      loading={(p.pages.loading && !p.pages.data) || fetching}
      loadingText={`Loading ${p.title.toLowerCase()}`}
      stickyHeader
      selectionType={p.selection}
      selectedItems={p.selected ?? []}
      onSelectionChange={(e) => p.onSelect?.(e.detail.selectedItems)}
      ariaLabels={{
        tableLabel: p.title,
        selectionGroupLabel: `Selection of ${p.title.toLowerCase()}`,
        allItemsSelectionLabel: () => 'Select all',
        itemSelectionLabel: (_, item) => `Select ${(p.itemName ?? p.id)(item)}`,
      }}
      header={
        <Header
          variant={p.headingLevel ?? 'h1'}
          counter={p.pages.data && `(${items.length}${p.pages.more ? '+' : ''})`}
          description={p.description}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                iconName="refresh"
                ariaLabel={`Reload ${p.title.toLowerCase()}`}
                onClick={p.pages.reload}
                loading={p.pages.loading}
              />
              {p.actions}
            </SpaceBetween>
          }
        >
          {p.title}
        </Header>
      }
      filter={
        <TextFilter
          {...collection.filterProps}
          filteringPlaceholder={`Find ${p.title.toLowerCase()}`}
          filteringAriaLabel={`Find ${p.title.toLowerCase()}`}
          countText={`${collection.filteredItemsCount ?? 0} found`}
        />
      }
      pagination={
        <Pagination
          {...collection.paginationProps}
          pagesCount={Math.max(pagesCount, 1)}
          openEnd={!!p.pages.more && !collection.filterProps.filteringText}
          onNextPageClick={(e) => void onNext(e.detail.requestedPageAvailable)}
        />
      }
    />
  );
}

function Empty({ children }: { children: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 'm' }}>
      {children}
    </Box>
  );
}
