/** Dropped is a file that fell onto the page; path is its place in the folder that it fell with. */
export interface Dropped {
  file: File;
  path: string;
}

/**
 * filesOf gives the files of a drop, and those in its folders. It must be called while the event
 * is handled: browsers forget what fell afterwards.
 */
export async function filesOf(transfer: DataTransfer): Promise<Dropped[]> {
  const fallen = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found = fallen.map(({ entry, file }) =>
    entry ? walk(entry, '') : Promise.resolve(file ? [{ file, path: file.name }] : []),
  );
  return (await Promise.all(found)).flat();
}

async function walk(entry: FileSystemEntry, folder: string): Promise<Dropped[]> {
  const path = folder + entry.name;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ file, path }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: Dropped[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return files; // a reader gives a hundred at a time
    for (const inside of some) files.push(...(await walk(inside, `${path}/`)));
  }
}
